//! A connection from the server process to a running engine: a channel for orders and a stream of signals. The engine is a
//! process with three pipes, or a thread.

use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::message::{Order, PROTOCOL, SendSignal, Signal, give};
use super::work::work;
use crate::engine::EngineOptions;
use crate::run::Inbox;

/// Where the engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// In a separate process: when native code aborts, the server survives.
    Process,
    /// On a thread of the server process.
    Thread,
}

impl std::str::FromStr for Isolation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "process" => Ok(Isolation::Process),
            "thread" => Ok(Isolation::Thread),
            other => Err(format!("unknown isolation `{other}`: use process or thread")),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Isolation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A running engine. Dropping the connection ends the engine.
pub(super) struct Connection {
    orders: mpsc::UnboundedSender<Order>,
    /// The engine's signals; the stream ends with the engine.
    pub(crate) signals: mpsc::UnboundedReceiver<Signal>,
    behind: Behind,
}

enum Behind {
    Process(Box<Child>),
    Thread(Arc<Inbox>),
}

impl Connection {
    /// Starts an engine and sends it the `hello` order.
    pub(crate) fn open(isolation: Isolation, options: &EngineOptions) -> std::io::Result<Self> {
        let (orders, waiting) = mpsc::unbounded_channel();
        let hello = Order::Hello {
            protocol: PROTOCOL,
            options: options.clone(),
        };
        // Sending cannot fail: the receiver is a local variable of this function.
        let _ = orders.send(hello);
        let (sender, signals) = mpsc::unbounded_channel();
        let behind = match isolation {
            Isolation::Process => Behind::Process(Box::new(start_process(waiting, sender)?)),
            Isolation::Thread => Behind::Thread(start_thread(options.clone(), waiting, sender)?),
        };
        Ok(Connection {
            orders,
            signals,
            behind,
        })
    }

    /// Sends an order. An order to an engine that has ended is lost; the end of `signals` reports that.
    pub(crate) fn send(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// Ends the engine, whatever it is doing, and reaps the process. A thread cannot be killed: it is asked to stop and then
    /// abandoned.
    pub(crate) async fn end(self) {
        match self.behind {
            Behind::Process(mut child) => {
                let killed = child.kill().await;
                if let Err(error) = killed {
                    tracing::error!(%error, "cannot kill the engine process");
                }
            }
            Behind::Thread(inbox) => inbox.close(),
        }
    }
}

fn start_process(
    mut orders: mpsc::UnboundedReceiver<Order>,
    sender: mpsc::UnboundedSender<Signal>,
) -> std::io::Result<Child> {
    let mut command = Command::new(own_program()?);
    command
        .arg("engine")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Do not pass the server's secrets to the engine.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.contains("KEY") || name_text.contains("TOKEN") || name_text.contains("SECRET") {
            command.env_remove(&name);
        }
    }
    // Ctrl-C in the terminal then reaches the server process only, which stops the engine itself.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let missing = || std::io::Error::other("cannot open the pipes of the engine process");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    tokio::spawn(async move {
        while let Some(order) = orders.recv().await {
            let Ok(mut line) = serde_json::to_vec(&order) else {
                tracing::error!("cannot serialise an order as JSON");
                continue;
            };
            line.push(b'\n');
            if stdin.write_all(&line).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str(&line) {
                Ok(signal) => {
                    if sender.send(signal).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "cannot read a signal of the engine");
                    return;
                }
            }
        }
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            carry(&line);
        }
    });
    Ok(child)
}

/// The path of the running program, valid even after its file was replaced.
fn own_program() -> std::io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    }
}

fn start_thread(
    options: EngineOptions,
    mut orders: mpsc::UnboundedReceiver<Order>,
    sender: mpsc::UnboundedSender<Signal>,
) -> std::io::Result<Arc<Inbox>> {
    let inbox = Arc::new(Inbox::default());
    let (reading, working) = (Arc::clone(&inbox), Arc::clone(&inbox));
    let ready = Signal::Ready {
        protocol: PROTOCOL,
        confined: Vec::new(),
    };
    let _ = sender.send(ready);
    let send: Arc<SendSignal> = Arc::new(move |signal| {
        // When the server stops listening, it also closes the inbox.
        let _ = sender.send(signal);
    });
    let answer = Arc::clone(&send);
    std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || work(options, &working, &send))?;
    tokio::spawn(async move {
        while let Some(order) = orders.recv().await {
            give(order, &reading, &*answer);
        }
        reading.close();
    });
    Ok(inbox)
}

/// Copies a line of the engine's log into the server's log. Lines that are not JSON come from native code, for example its last
/// message before it aborts.
fn carry(line: &str) {
    let parsed: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let Some(entry) = parsed else {
        tracing::warn!(target: "engine", "{line}");
        return;
    };
    let text = |pointer: &str| {
        entry
            .pointer(pointer)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    let (level, job, message) = (text("/level"), text("/span/job"), text("/fields/message"));
    let mut message = message.to_owned();
    for (key, value) in entry
        .get("fields")
        .and_then(serde_json::Value::as_object)
        .into_iter()
        .flatten()
    {
        if key != "message" {
            message.push_str(&format!(" {key}={value}"));
        }
    }
    match level {
        "ERROR" => tracing::error!(target: "engine", job, "{message}"),
        "WARN" => tracing::warn!(target: "engine", job, "{message}"),
        "INFO" => tracing::info!(target: "engine", job, "{message}"),
        _ => tracing::debug!(target: "engine", job, "{message}"),
    }
}

/// Starts an engine process, asks which restrictions apply to it, and ends it.
///
/// # Errors
///
/// Why the engine process did not start.
pub async fn probe(options: &EngineOptions) -> Result<Vec<String>, String> {
    let mut connection = Connection::open(Isolation::Process, options).map_err(|error| error.to_string())?;
    let first = tokio::time::timeout(std::time::Duration::from_secs(10), connection.signals.recv()).await;
    connection.end().await;
    match first {
        Ok(Some(Signal::Ready { confined, .. })) => Ok(confined),
        Ok(_) => Err("the engine process ended right after its start; set TRIPOD_LOG=debug for details".into()),
        Err(_) => Err("the engine process does not answer".into()),
    }
}
