//! The server: its HTTP middleware over real sockets, and the whole program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(target_os = "linux")]
mod chaos;
mod clients;
mod contract;
#[cfg(target_os = "linux")]
mod endings;
#[cfg(target_os = "linux")]
mod hardening;
mod harness;
#[cfg(target_os = "linux")]
mod load;
mod remote;
#[cfg(target_os = "linux")]
mod running;
#[path = "../support/server.rs"]
mod server;
mod shell;
#[cfg(target_os = "linux")]
mod stop;
