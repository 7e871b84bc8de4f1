//! The binary: nothing but a door to [`tripod::cli`].

fn main() -> std::process::ExitCode {
    tripod::cli::main()
}
