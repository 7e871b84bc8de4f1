//! Measures the memory of the whole pipeline by the kernel's counters, on models of real size with random weights: what each
//! arena estimates, allocates and frees, and whether the whole pipeline needs more than its largest stage. It repeats this
//! under a memory limit, over twenty rounds, and after a refusal. This program starts itself again as a separate process for
//! each measurement. It prints tables and one line for each check, and exits with code 1 if a check fails. It does not measure
//! speed.
//!
//!     make bench-memory

#![allow(clippy::expect_used)]

#[cfg(target_os = "linux")]
mod measure;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    measure::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("this benchmark reads counters of the Linux kernel; nothing was measured");
}
