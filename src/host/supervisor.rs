//! Supervises the engine from the server process: starts it, sends it work, and restarts it when it dies, hangs or does not
//! stop a cancelled task. Calls no native code.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::connection::{Connection, Isolation};
use super::message::{Order, Signal};
use super::questions::Questions;
use super::tasks::{self, Command, Tasks};
use crate::analysis::{Event, LedgerRow, ModelRef};
use crate::engine::{EngineOptions, HttpCaller, RemoteOptions};
use crate::run::{Gathered, ModelSet, Notice, TextRequest};

/// Settings of the supervisor.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Whether the engine is a process or a thread.
    pub isolation: Isolation,
    /// Budget, threads, libraries.
    pub engine: EngineOptions,
    /// Models on other machines, which this process asks for the engine.
    pub remote: RemoteOptions,
    /// An engine that sends no signal for this long is killed.
    pub silence: Duration,
    /// An engine is killed when it has not stopped a cancelled task for this long and makes no other progress.
    pub grace: Duration,
}

impl HostOptions {
    /// The defaults: a process, 20 s of silence, 60 s of grace.
    pub fn new(engine: EngineOptions, remote: RemoteOptions) -> Self {
        HostOptions {
            isolation: Isolation::Process,
            engine,
            remote,
            silence: Duration::from_secs(20),
            grace: Duration::from_secs(60),
        }
    }
}

/// The engine's state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Whether the engine accepts work.
    pub up: bool,
    /// Number of restarts.
    pub restarts: u64,
    /// Deaths since the engine last completed a task.
    pub deaths_in_a_row: u32,
    /// Reason of the last death.
    pub last_death: Option<String>,
    /// The restrictions that apply to the process, as text for people.
    pub confined: Vec<String>,
    /// The engine's anonymous memory, bytes.
    pub anon_bytes: u64,
    /// The engine's file-backed memory, bytes.
    pub file_bytes: u64,
}

impl Health {
    /// Whether the engine keeps dying.
    pub fn is_crash_loop(&self) -> bool {
        self.deaths_in_a_row >= CRASH_LOOP
    }
}

/// This many deaths in a row count as a crash loop.
const CRASH_LOOP: u32 = 5;

/// Delay before the first restart; it doubles with every death in a row.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Maximum delay before a restart.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Time that a new engine has to load its libraries and report that it is ready.
const START: Duration = Duration::from_secs(30);

/// The engine as the rest of the server uses it. Clones share one engine.
#[derive(Debug, Clone)]
pub struct Host {
    commands: mpsc::UnboundedSender<Command>,
    health: watch::Receiver<Health>,
    rows: tokio::sync::broadcast::Sender<LedgerRow>,
}

impl Host {
    /// Starts the engine. The returned task ends after [`Host::stop`].
    pub fn start(options: HostOptions) -> (Self, JoinHandle<()>) {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (told, health) = watch::channel(Health::default());
        let (rows, _) = tokio::sync::broadcast::channel(64);
        let caller = HttpCaller::new(options.remote.clone(), Handle::current());
        let supervisor = Supervisor {
            questions: Questions::new(Arc::new(caller)),
            options,
            inbox,
            health: told,
            rows: rows.clone(),
            tasks: Tasks::default(),
        };
        let running = tokio::spawn(supervisor.run());
        let host = Host { commands, health, rows };
        (host, running)
    }

    /// An engine that has stopped: every task fails at once.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn stopped() -> Self {
        let (_, health) = watch::channel(Health::default());
        Host {
            commands: mpsc::unbounded_channel().0,
            health,
            rows: tokio::sync::broadcast::channel(1).0,
        }
    }

    /// Submits an analysis; the job's id becomes the task's id.
    pub fn analyse(&self, gathered: Gathered, models: ModelSet) -> tasks::Handle {
        let task = gathered.job.id.clone();
        let order = Order::Analyse {
            gathered: Box::new(gathered),
            models: Box::new(models),
        };
        tasks::Handle::submit(&self.commands, task, order)
    }

    /// Submits a text request.
    pub fn write(&self, task: String, request: TextRequest, model: ModelRef) -> tasks::Handle {
        let order = Order::Text {
            task: task.clone(),
            request: Box::new(request),
            model,
        };
        tasks::Handle::submit(&self.commands, task, order)
    }

    /// Submits texts to embed.
    pub fn embed(&self, task: String, texts: Vec<String>, model: ModelRef) -> tasks::Handle {
        let order = Order::Embed {
            task: task.clone(),
            texts,
            model,
        };
        tasks::Handle::submit(&self.commands, task, order)
    }

    /// The current state of the engine.
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// Subscribes to the ledger rows of all models closed from now on.
    pub fn rows(&self) -> tokio::sync::broadcast::Receiver<LedgerRow> {
        self.rows.subscribe()
    }

    /// Stops the engine; running tasks fail.
    pub fn stop(&self) {
        // If the supervisor is gone, the engine has stopped already.
        let _ = self.commands.send(Command::Stop);
    }
}

struct Supervisor {
    options: HostOptions,
    inbox: mpsc::UnboundedReceiver<Command>,
    health: watch::Sender<Health>,
    rows: tokio::sync::broadcast::Sender<LedgerRow>,
    tasks: Tasks,
    questions: Questions,
}

/// Why the connection to an engine ended.
enum Ending {
    Stopped,
    Died(String),
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            let ending = match Connection::open(self.options.isolation, &self.options.engine) {
                Ok(mut connection) => {
                    self.tasks.orders().for_each(|order| connection.send(order));
                    let ending = self.serve(&mut connection).await;
                    self.questions.drop_all();
                    connection.end().await;
                    ending
                }
                Err(error) => Ending::Died(format!("it could not be started: {error}")),
            };
            match ending {
                Ending::Stopped => {
                    self.tasks.fail_all("the server stops");
                    return;
                }
                Ending::Died(reason) => {
                    tracing::error!(%reason, "the engine died");
                    self.health.send_modify(|health| {
                        health.up = false;
                        health.restarts += 1;
                        health.deaths_in_a_row += 1;
                        health.last_death = Some(reason.clone());
                    });
                    self.tasks
                        .survive(&format!("the engine died in the middle of this request: {reason}"));
                }
            }
            if self.wait().await {
                self.tasks.fail_all("the server stops");
                return;
            }
        }
    }

    /// Waits before a restart, while new tasks queue up. Returns whether the server is stopping.
    async fn wait(&mut self) -> bool {
        let deaths = self.health.borrow().deaths_in_a_row;
        let wait = FIRST_WAIT
            .saturating_mul(1 << deaths.min(16).saturating_sub(1))
            .min(LONGEST_WAIT);
        let over = tokio::time::sleep(wait);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return false,
                command = self.inbox.recv() => match command {
                    None | Some(Command::Stop) => return true,
                    Some(Command::Submit { task, order, updates }) => {
                        self.tasks.add(task, *order, updates);
                    }
                    // No engine has the task, so it can be dropped at once.
                    Some(Command::Cancel(task)) => self.tasks.forget(&task),
                },
            }
        }
    }

    /// Sends work to an engine until it must be replaced or the server stops.
    async fn serve(&mut self, connection: &mut Connection) -> Ending {
        let (mut heard, mut advanced) = (Instant::now(), Instant::now());
        let mut allowed = START;
        let mut check = tokio::time::interval(Duration::from_millis(250));
        loop {
            tokio::select! {
                signal = connection.signals.recv() => {
                    heard = Instant::now();
                    match signal {
                        None => return Ending::Died("its process ended".into()),
                        Some(signal) => {
                            match signal {
                                Signal::Ready { .. } => allowed = self.options.silence,
                                // Pulses come from a separate thread and say nothing about progress.
                                Signal::Pulse { .. } | Signal::Tried { .. } => {}
                                Signal::Notice(_) | Signal::Ask { .. } | Signal::HangUp { .. } => advanced = heard,
                            }
                            self.hear(signal, connection);
                        }
                    }
                }
                command = self.inbox.recv() => match command {
                    None | Some(Command::Stop) => return Ending::Stopped,
                    Some(Command::Submit { task, order, updates }) => {
                        connection.send(self.tasks.add(task, *order, updates));
                    }
                    Some(Command::Cancel(task)) => {
                        if self.tasks.cancel(&task) {
                            connection.send(Order::Cancel { task });
                        }
                    }
                },
                _ = check.tick() => {
                    if heard.elapsed() > allowed {
                        return Ending::Died(format!("it said nothing for {} s", allowed.as_secs()));
                    }
                    // As long as the engine makes progress on other tasks, it will also get to the cancelled one.
                    if advanced.elapsed() > self.options.grace && self.tasks.is_stuck(self.options.grace) {
                        return Ending::Died("it did not stop a cancelled request in time".into());
                    }
                }
            }
        }
    }

    fn hear(&mut self, signal: Signal, connection: &Connection) {
        match signal {
            Signal::Ready { confined, .. } => self.health.send_modify(|health| {
                health.up = true;
                health.confined = confined;
            }),
            Signal::Pulse { anon_bytes, file_bytes } => self.health.send_modify(|health| {
                health.anon_bytes = anon_bytes;
                health.file_bytes = file_bytes;
            }),
            Signal::Notice(notice) => self.pass_on(notice),
            Signal::Ask { question, ask } => {
                let orders = connection.sender();
                // An engine that is gone wants to know nothing.
                self.questions.put(question, ask, move |order| drop(orders.send(order)));
            }
            Signal::HangUp { question } => self.questions.drop(question),
            // Only a probe asks for attempts.
            Signal::Tried { .. } => {}
        }
    }

    fn pass_on(&mut self, notice: Notice) {
        if let Notice::Event {
            event: Event::StageClosed { row },
            ..
        } = &notice
        {
            // Without a subscriber the row is dropped.
            let _ = self.rows.send(row.clone());
        }
        if self.tasks.hear(notice) {
            self.health.send_if_modified(|health| {
                let changed = health.deaths_in_a_row > 0;
                health.deaths_in_a_row = 0;
                changed
            });
        }
    }
}
