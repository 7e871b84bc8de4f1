//! The front's side of the engine: keeps one alive, gives it work, and notices when it dies, hangs or will not let go. Calls no
//! native code.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::connection::{Connection, Isolation};
use super::message::{Order, Signal};
use super::tasks::{Command, Handle, Tasks};
use crate::analysis::{Event, LedgerRow, ModelRef};
use crate::engine::EngineOptions;
use crate::run::{Gathered, ModelSet, Notice, TextRequest};

/// How to keep an engine.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Process or thread.
    pub isolation: Isolation,
    /// Budget, threads, libraries.
    pub engine: EngineOptions,
    /// An engine that says nothing for so long is ended.
    pub silence: Duration,
    /// An engine that holds on to a cancelled task, and gets on with nothing else, for so long is ended.
    pub grace: Duration,
}

impl HostOptions {
    /// A process, 20 s of silence, 60 s of grace.
    pub fn new(engine: EngineOptions) -> Self {
        HostOptions {
            isolation: Isolation::Process,
            engine,
            silence: Duration::from_secs(20),
            grace: Duration::from_secs(60),
        }
    }
}

/// How the engine is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Whether it takes work.
    pub up: bool,
    /// How often it was started again.
    pub restarts: u64,
    /// Deaths since it last finished something.
    pub deaths_in_a_row: u32,
    /// Why it died last.
    pub last_death: Option<String>,
    /// What it has given up, for a person to read.
    pub confined: Vec<String>,
    /// Its anonymous memory, bytes.
    pub anon_bytes: u64,
    /// Its file-backed memory, bytes.
    pub file_bytes: u64,
}

impl Health {
    /// Whether it dies again and again.
    pub fn is_crash_loop(&self) -> bool {
        self.deaths_in_a_row >= CRASH_LOOP
    }
}

/// So many deaths in a row are no accident.
const CRASH_LOOP: u32 = 5;

/// The first wait before a restart; it doubles with every death in a row.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The longest wait before a restart.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A fresh engine has so long to load its libraries and say that it is ready.
const START: Duration = Duration::from_secs(30);

/// The engine, for whoever has work for it. Clones share it.
#[derive(Debug, Clone)]
pub struct Host {
    commands: mpsc::UnboundedSender<Command>,
    health: watch::Receiver<Health>,
    rows: tokio::sync::broadcast::Sender<LedgerRow>,
}

impl Host {
    /// Starts the engine. The task that comes with it ends after [`Host::stop`].
    pub fn start(options: HostOptions) -> (Self, JoinHandle<()>) {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (told, health) = watch::channel(Health::default());
        let (rows, _) = tokio::sync::broadcast::channel(64);
        let supervisor = Supervisor {
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

    /// Gives the engine an analysis; its task has the job's id.
    pub fn analyse(&self, gathered: Gathered, models: ModelSet) -> Handle {
        let task = gathered.job.id.clone();
        let order = Order::Analyse {
            gathered: Box::new(gathered),
            models: Box::new(models),
        };
        Handle::submit(&self.commands, task, order)
    }

    /// Gives the engine a text to write.
    pub fn write(&self, task: String, request: TextRequest, model: ModelRef) -> Handle {
        let order = Order::Text {
            task: task.clone(),
            request: Box::new(request),
            model,
        };
        Handle::submit(&self.commands, task, order)
    }

    /// How the engine is now.
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// The rows of the arenas that close from here on.
    pub fn rows(&self) -> tokio::sync::broadcast::Receiver<LedgerRow> {
        self.rows.subscribe()
    }

    /// Ends the engine; whatever it has in hand fails.
    pub fn stop(&self) {
        // A supervisor that is gone has stopped already.
        let _ = self.commands.send(Command::Stop);
    }
}

struct Supervisor {
    options: HostOptions,
    inbox: mpsc::UnboundedReceiver<Command>,
    health: watch::Sender<Health>,
    rows: tokio::sync::broadcast::Sender<LedgerRow>,
    tasks: Tasks,
}

/// Why an engine is no longer used.
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
                    connection.end().await;
                    ending
                }
                Err(error) => Ending::Died(format!("it does not start: {error}")),
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

    /// Waits before a restart; new tasks wait with it. Returns whether the server stops.
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
                    // No engine has it, so none has to let go of it.
                    Some(Command::Cancel(task)) => self.tasks.forget(&task),
                },
            }
        }
    }

    /// Works with an engine until it is no longer of use.
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
                                // It comes from a thread beside the work.
                                Signal::Pulse { .. } => {}
                                Signal::Notice(_) => advanced = heard,
                            }
                            self.hear(signal);
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
                    // An engine that gets on with the work of others comes to the cancelled request in its turn.
                    if advanced.elapsed() > self.options.grace && self.tasks.is_stuck(self.options.grace) {
                        return Ending::Died("it would not let go of a cancelled request".into());
                    }
                }
            }
        }
    }

    fn hear(&mut self, signal: Signal) {
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
        }
    }

    fn pass_on(&mut self, notice: Notice) {
        if let Notice::Event {
            event: Event::StageClosed { row },
            ..
        } = &notice
        {
            // Without anybody who counts, a row is not counted.
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
