//! Tripod's own API, the Python original's, and the routes for monitoring: one file a route or a pair of routes. A handler parses the
//! request, asks `runs` or the store, and answers; it computes nothing.

pub(crate) mod analyses;
pub(crate) mod analyze;
mod answer;
pub(crate) mod backtest;
pub(crate) mod backtests;
pub(crate) mod health;
pub(crate) mod market;
pub(crate) mod original;
pub(crate) mod runs;
pub(crate) mod sentiment;
pub(crate) mod settings;
pub(crate) mod track;
pub(crate) mod universe;
