//! A connection from the server process to a running engine: a channel for orders and a stream of signals. The engine is a
//! process with three pipes, or a thread.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::attempts::Attempt;
use super::give::give;
use super::message::{Order, PROTOCOL, SendSignal, Signal};
use super::relay::Relay;
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

    /// Sends orders from elsewhere.
    pub(crate) fn sender(&self) -> mpsc::UnboundedSender<Order> {
        self.orders.clone()
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
    // The engine gets what it needs of the environment and nothing else: names of secrets are not known beforehand.
    command.env_clear();
    command.envs(std::env::vars_os().filter(|(name, _)| is_for_engine(&name.to_string_lossy())));
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

/// Whether a variable is about the system, its libraries or graphics cards, or about the engine's own log.
fn is_for_engine(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "ORT_DISABLE_TELEMETRY",
        "PATH",
        "RUST_BACKTRACE",
        "TMPDIR",
        "TRIPOD_CACHE",
        "TRIPOD_LOG",
        "TZ",
        "USER",
        "XDG_CACHE_HOME",
        "XDG_RUNTIME_DIR",
    ];
    const BEGINNINGS: [&str; 6] = ["LC_", "CUDA_", "GGML_", "NVIDIA_", "OMP_", "MALLOC_"];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
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
    let relay = Relay::new(Arc::clone(&send));
    let asking = Arc::clone(&relay);
    std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || work(options, &working, asking, &send))?;
    tokio::spawn(async move {
        while let Some(order) = orders.recv().await {
            give(order, &reading, &relay, &*answer);
        }
        reading.close();
    });
    Ok(inbox)
}

/// Copies a line of the engine's log into the server's log. Lines that are not JSON come from native code, for example its last
/// message before it aborts.
pub(super) fn carry(line: &str) {
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

/// What a confined engine process says of itself.
#[derive(Debug)]
pub struct Probe {
    /// The restrictions that apply to it, as text for people.
    pub confined: Vec<String>,
    /// What it tried, and what became of that.
    pub attempts: Vec<Attempt>,
}

/// Starts an engine process, asks which restrictions apply to it, lets it try to get at `store` and everything else, and ends it.
///
/// # Errors
///
/// Why the engine process did not start or did not answer.
pub async fn probe(options: &EngineOptions, store: Option<PathBuf>) -> Result<Probe, String> {
    let mut connection = Connection::open(Isolation::Process, options).map_err(|error| error.to_string())?;
    connection.send(Order::Try { store });
    let answers = async {
        let mut restrictions = Vec::new();
        while let Some(signal) = connection.signals.recv().await {
            match signal {
                Signal::Ready { confined, .. } => restrictions = confined,
                Signal::Tried { attempts } => {
                    return Some(Probe {
                        confined: restrictions,
                        attempts,
                    });
                }
                Signal::Pulse { .. } | Signal::Notice(_) | Signal::Ask { .. } | Signal::HangUp { .. } => {}
            }
        }
        None
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), answers).await;
    connection.end().await;
    match answer {
        Ok(Some(probe)) => Ok(probe),
        Ok(None) => Err("the engine process ended right after its start; set TRIPOD_LOG=debug for details".into()),
        Err(_) => Err("the engine process does not answer".into()),
    }
}
