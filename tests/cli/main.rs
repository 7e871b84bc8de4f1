//! The command line: the binary as a user runs it, and every output format of an analysis.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod batch;
mod chat;
mod check;
#[path = "../support/command.rs"]
mod command;
mod dataset_sentiment;
mod dataset_timeseries;
#[path = "../support/demo_model.rs"]
mod demo_model;
#[path = "../support/failures.rs"]
mod failures;
mod files;
mod forecaster;
mod history;
mod interrupt;
mod price_levels;
mod render_html;
mod render_json;
mod render_markdown;
mod render_pdf;
mod render_terminal;
#[path = "../support/sample.rs"]
mod sample;
mod search;
mod settings;
#[cfg(feature = "train")]
mod train;
mod universe;
mod unread;
#[path = "../support/writing_reporter.rs"]
mod writing_reporter;
