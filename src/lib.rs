//! Tripod: a local stock analyst that runs three small models one after the other.

pub mod analysis;
pub mod backtest;
pub mod cli;
pub mod config;
pub mod engine;
pub mod formats;
pub mod grounding;
pub mod host;
pub mod indicators;
pub mod market;
pub mod models;
pub mod net;
pub mod news;
pub mod prompt;
pub mod render;
pub mod run;
pub mod scoring;
pub mod serve;
pub mod stages;
pub mod store;
pub mod text;
