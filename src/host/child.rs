//! The engine as a process of its own: orders come in on standard input, signals go out on standard output, logs as JSON lines on
//! standard error. Ends when the input ends: without a front there is nothing to do.

use std::fs::File;
use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::confine::confine;
use super::message::{Order, PROTOCOL, SendSignal, Signal, give};
use super::work::work;
use crate::engine::{EngineOptions, card_memory};
use crate::run::Inbox;

/// Why the process cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The pipes are not there.
    #[error("cannot use standard input and output")]
    Pipes(#[source] std::io::Error),
    /// The first line is no greeting.
    #[error("the first line must be a `hello` order: this command is started by `tripod serve`, not by hand")]
    Greeting,
    /// The front is of another version.
    #[error("the front speaks protocol {front}, this engine {PROTOCOL}: restart the server after an update")]
    Protocol {
        /// The front's.
        front: u32,
    },
}

/// Runs the process until its input ends.
///
/// # Errors
///
/// [`ChildError`] before any work; later failures are signals.
pub fn run() -> Result<(), ChildError> {
    die_with_parent();
    let mut out = take_stdout().map_err(ChildError::Pipes)?;
    let mut lines = std::io::stdin().lock().lines();
    let options = greeting(lines.next())?;
    // A card's driver may open a socket or start a program when it starts, so it does so before this process gives that up.
    let _ = card_memory();
    let confined = confine();
    let ready = Signal::Ready {
        protocol: PROTOCOL,
        confined,
    };
    write_line(&mut out, &ready).map_err(ChildError::Pipes)?;
    let out = Mutex::new(out);
    let send: Arc<SendSignal> = Arc::new(move |signal: Signal| {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        if write_line(&mut out, &signal).is_err() {
            // Nobody reads: the front is gone.
            std::process::exit(0);
        }
    });
    drop(lines);
    let inbox = Arc::new(Inbox::default());
    let (reader, answer) = (Arc::clone(&inbox), Arc::clone(&send));
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(order) => give(order, &reader, &*answer),
                Err(error) => tracing::error!(%error, "an order that cannot be read"),
            }
        }
        // The engine holds nothing that must be saved.
        std::process::exit(0);
    });
    work(options, &inbox, &send);
    Ok(())
}

fn greeting(line: Option<std::io::Result<String>>) -> Result<EngineOptions, ChildError> {
    let line = line.ok_or(ChildError::Greeting)?.map_err(ChildError::Pipes)?;
    match serde_json::from_str(&line) {
        Ok(Order::Hello { protocol, options }) if protocol == PROTOCOL => Ok(options),
        Ok(Order::Hello { protocol, .. }) => Err(ChildError::Protocol { front: protocol }),
        _ => Err(ChildError::Greeting),
    }
}

fn write_line(out: &mut File, signal: &Signal) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(signal)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// Keeps standard output for signals: whatever native code prints goes to standard error.
fn take_stdout() -> std::io::Result<File> {
    let own = rustix::io::dup(rustix::stdio::stdout())?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(own))
}

/// A front that is killed takes the engine with it.
fn die_with_parent() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)) {
        tracing::warn!(%error, "the engine may outlive a front that is killed");
    }
}
