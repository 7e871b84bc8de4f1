//! The engine behind a pipe. In front: [`Host`], which sends jobs and texts and hears what becomes of them, restarts an engine
//! that dies and runs its work again. Behind: the engine's own loop, in a process of its own (`tripod engine`) or on a thread.
//!
//! One protocol serves both: orders in, signals out. The front's half never calls native code.

mod child;
mod confine;
mod connection;
mod message;
mod supervisor;
mod tasks;
mod work;

pub(crate) use self::child::run;
pub(crate) use self::connection::{Isolation, probe};
pub(crate) use self::supervisor::{Health, Host, HostOptions};
pub(crate) use self::tasks::Update;
