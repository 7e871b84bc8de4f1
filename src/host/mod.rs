//! The engine behind a pipe. In front: [`Host`], which sends jobs and texts and hears what becomes of them, restarts an engine
//! that dies and runs its work again. Behind: the engine's own loop, in a process of its own (`tripod engine`) or on a thread.
//!
//! One protocol serves both ([`Order`], [`Notice`]). The front's half never calls native code.

mod child;
mod confine;
mod connection;
mod inbox;
mod message;
mod schedule;
mod supervisor;
mod tasks;
mod text;
mod work;
mod writing;

pub use child::{ChildError, run as run_child};
pub use connection::{Isolation, probe};
pub use message::{Failure, Notice, Order, PROTOCOL};
pub use supervisor::{Health, Host, HostOptions};
pub use tasks::{Handle, Update};
pub use text::{DEFAULT_TOKENS, TextEvent, TextRequest};
