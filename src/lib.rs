//! Tripod: a local stock analyst that runs three small models one after the other.

pub mod backtest;
pub mod cli;
pub mod config;
pub mod engine;
pub mod features;
pub mod host;
pub mod market;
pub mod models;
pub mod news;
pub mod pipeline;
pub mod prompt;
pub mod report;
pub mod serve;
pub mod stages;
pub mod store;
