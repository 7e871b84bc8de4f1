//! Runs the engine separately from the server. On the server's side, [`Host`] sends jobs and text requests, receives their
//! progress and results, restarts an engine that dies and runs its unfinished work again. On the other side, the engine's loop
//! runs in its own process (`tripod engine`) or on a thread. Both use one protocol: orders in, signals out. The server's side
//! never calls native code.

mod attempts;
mod child;
mod confine;
mod connection;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod give;
mod message;
mod questions;
mod relay;
mod supervisor;
mod tasks;
mod work;

pub(crate) use self::attempts::Outcome;
pub(crate) use self::child::run;
pub(crate) use self::confine::hide;
pub(crate) use self::connection::{Isolation, probe};
pub(crate) use self::supervisor::{Health, Host, HostOptions};
pub(crate) use self::tasks::Update;
