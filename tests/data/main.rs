//! The input of an analysis and its storage: prices, headlines, indicators, the store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze_live;
#[path = "../support/command.rs"]
mod command;
mod dataset_fetch;
mod dataset_filter;
mod dataset_timeseries;
#[cfg(feature = "train")]
mod dataset_training;
mod dataset_verify;
#[path = "../support/demo_model.rs"]
mod demo_model;
#[path = "../support/failures.rs"]
mod failures;
mod indicators_reference;
mod market_csv;
mod market_fetch;
mod market_fundamentals;
mod market_http;
mod market_many;
mod market_repair;
mod market_search;
mod market_sources;
mod market_yahoo_bars;
mod market_yahoo_failures;
mod news_feeds;
mod news_gather;
mod news_relevance;
mod news_sources;
#[path = "../support/own_process.rs"]
mod own_process;
#[path = "../support/sample.rs"]
mod sample;
mod sentiment_live;
mod store;
mod track_live;
mod universe;
mod web;
