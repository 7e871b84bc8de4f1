//! Backtests and the live record: the verdict, its statistics, protection against look-ahead, and the commands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
#[path = "../support/command.rs"]
mod command;
mod doubtful;
mod leak;
mod reference;
#[path = "../support/sample.rs"]
mod sample;
mod simulation;
mod track;
