//! The memory of the whole pipeline on models of true shape with random weights, by the kernel's counters: what each arena says
//! it needs, takes and gives back; whether the whole takes more than its largest stage; whether a limit, twenty rounds and a
//! refusal change that. Each measurement is a process of its own, this program started again. Tables and one line for each
//! check go out; exit code 1 when one failed. It measures no speed.
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
