//! The engine process: orders arrive on standard input, signals leave on standard output, log records leave as JSON lines on
//! standard error. The process ends when its input ends, which means that the server process is gone.

use std::fs::File;
use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::confine::confine;
use super::give::give;
use super::message::{Order, PROTOCOL, SendSignal, Signal};
use super::relay::Relay;
use super::work::work;
use crate::engine::{EngineOptions, card_memory};
use crate::run::Inbox;

/// Why the engine process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// Standard input or output cannot be used.
    #[error("cannot use standard input and output")]
    Pipes(#[source] std::io::Error),
    /// The first line is not a `hello` order.
    #[error("the first line must be a `hello` order: this command is started by `tripod serve`, not by hand")]
    Greeting,
    /// The server process has another version.
    #[error("the server uses protocol {front}, this engine process {PROTOCOL}: restart the server after an update")]
    Protocol {
        /// Protocol version of the server process.
        front: u32,
    },
}

/// Runs the engine process until its input ends.
///
/// # Errors
///
/// [`ChildError`] when it cannot start; later failures are sent as signals.
pub fn run() -> Result<(), ChildError> {
    die_with_parent();
    let mut out = take_stdout().map_err(ChildError::Pipes)?;
    let mut lines = std::io::stdin().lock().lines();
    let options = greeting(lines.next())?;
    // Initialise the GPU driver first: it may open a socket or start a program, which confinement then forbids.
    let _ = card_memory();
    let confined = confine(&options);
    let ready = Signal::Ready {
        protocol: PROTOCOL,
        confined,
    };
    write_line(&mut out, &ready).map_err(ChildError::Pipes)?;
    let out = Mutex::new(out);
    let send: Arc<SendSignal> = Arc::new(move |signal: Signal| {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        if write_line(&mut out, &signal).is_err() {
            // Writing failed: the server process is gone.
            std::process::exit(0);
        }
    });
    drop(lines);
    let inbox = Arc::new(Inbox::default());
    let (reader, answer) = (Arc::clone(&inbox), Arc::clone(&send));
    let relay = Relay::new(Arc::clone(&send));
    let asking = Arc::clone(&relay);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(order) => give(order, &reader, &relay, &*answer),
                Err(error) => tracing::error!(%error, "cannot read an order"),
            }
        }
        // The engine has no data to save.
        std::process::exit(0);
    });
    work(options, &inbox, asking, &send);
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

/// Reserves standard output for signals; output of native code is redirected to standard error.
fn take_stdout() -> std::io::Result<File> {
    let own = rustix::io::dup(rustix::stdio::stdout())?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(own))
}

/// Makes the kernel end the engine when the server process is killed.
fn die_with_parent() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)) {
        tracing::warn!(%error, "if the server process is killed, the engine may keep running");
    }
}
