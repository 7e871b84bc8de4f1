//! Tripod: a local stock analyst. It takes a ticker and a horizon and runs three small models one after the other: a
//! forecaster, a sentiment classifier and a reporter. Each model is freed before the next is loaded, so the machine needs
//! memory for the largest, not for the sum.
//!
//! ```text
//!  ticker, horizon, as-of date                       cli, serve
//!    │
//!    │  gather: the only part that uses the network  run
//!    │    daily bars                                 market
//!    │    headlines                                  news
//!    ▼
//!  Job: plain data                                   analysis
//!    │
//!    │  stage by stage, every job through one arena  run
//!    │    bars → Stats                               indicators
//!    │    1 forecast   prompt → paths → quantiles    stages, formats   engine: llama.cpp      then freed
//!    │    2 sentiment  headlines → labels            stages            engine: ONNX Runtime   then freed
//!    │    3 report     facts → checked text          stages, grounding engine: llama.cpp      then freed
//!    ▼
//!  Analysis: plain data                              analysis
//!    │
//!    └─ terminal, JSON, Markdown, HTML, events       render, serve; kept in store
//! ```
//!
//! Two types connect the parts: [`analysis::Job`] goes into the stages and [`analysis::Analysis`] comes out. Nothing behind a
//! `Job` opens a socket; nothing before it loads a model. An *arena* is everything native that one stage holds; it is opened
//! against a budget, lent to the stage, and freed on every way out, and the ledger records what it took.
//!
//! Under `tripod serve` the same flow runs in two processes: the server, in safe Rust (HTTP, queue, gathering, store), and the
//! engine behind a pipe, without network. If the engine dies, the server restarts it and answers.
//!
//! The modules stand in the order of the flow, and imports go down only. `ARCHITECTURE.md` has the map and the invariants.

// What the fuzzer calls.
#[cfg(any(test, fuzzing))]
pub mod fuzz;

// The commands.
pub mod cli;

// Settings, resolved once.
pub mod config;

// The server and the web page.
pub mod serve;

// The engine's process: protocol, supervision, confinement.
pub mod host;

// Gathering, scheduling, driving the stages.
pub mod run;

// Forecasts of past days against what came.
pub mod backtest;

// Data sets to train with, from prices and news.
pub mod dataset;

// Training of forecasters.
#[cfg(feature = "train")]
pub mod train;

// From a checkpoint to GGUF.
pub mod convert;

// An analysis as text, JSON, HTML or chart.
pub mod render;

// Finished analyses, kept.
pub mod store;

// Forecast, sentiment, report.
pub mod stages;

// Prompt formats: from prices to a prompt, and from an answer to prices.
pub mod formats;

// The arenas, and llama.cpp and ONNX Runtime in them.
pub mod engine;

// The plain data that travels.
pub mod analysis;

// The table of facts, and the check of a text against it.
pub mod grounding;

// How good a forecast is.
pub mod scoring;

// From bars to figures.
pub mod indicators;

// Templates, rendered strictly.
pub mod prompt;

// Manifests, downloads, the cache.
pub mod models;

// Headlines.
pub mod news;

// Daily bars and the trading calendar.
pub mod market;

// The HTTP client, retries, secrets.
pub mod net;

// Cleaning of untrusted text.
pub mod text;
