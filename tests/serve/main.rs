//! The server: its shell over sockets, and the whole of it as people run it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;
mod harness;
mod shell;
