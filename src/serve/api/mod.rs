//! The routes of Tripod's own API, and those of the Python original.

pub(crate) mod analyses;
pub(crate) mod analyze;
pub(crate) mod backtest;
pub(crate) mod compat;
pub(crate) mod health;
pub(crate) mod sentiment;
pub(crate) mod track;

pub(crate) use self::analyze::{json, succeeded};
