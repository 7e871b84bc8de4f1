//! Tripod: a local stock analyst that runs three small models one after the other.

pub mod market;
pub mod news;
pub mod features;
pub mod prompt;
pub mod models;
pub mod engine;
pub mod stages;
pub mod report;
pub mod pipeline;
pub mod config;
pub mod cli;
