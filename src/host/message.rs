//! The protocol between the server process and the engine: one JSON object a line, orders to the engine, signals back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::attempts::{Attempt, attempts};
use crate::analysis::ModelRef;
use crate::engine::{Cancel, EngineOptions};
use crate::run::{Gathered, Inbox, ModelSet, Notice, TextRequest};

/// Protocol version, raised whenever the meaning of a line changes. Processes with different versions refuse to work together.
pub const PROTOCOL: u32 = 5;

/// A message from the server process to the engine. The first one is [`Order::Hello`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// The engine's settings.
    Hello {
        /// [`PROTOCOL`] of the server process.
        protocol: u32,
        /// Budget, threads, libraries, location of the models.
        options: EngineOptions,
    },
    /// Analyse a ticker.
    Analyse {
        /// The gathered data; the job's id identifies the task.
        gathered: Box<Gathered>,
        /// The models that the stages open.
        models: Box<ModelSet>,
    },
    /// Generate text.
    Text {
        /// The task's id, chosen by the server process.
        task: String,
        /// The prompt and its settings.
        request: Box<TextRequest>,
        /// The model that writes.
        model: ModelRef,
    },
    /// Embed texts.
    Embed {
        /// The task's id, chosen by the server process.
        task: String,
        /// The texts.
        texts: Vec<String>,
        /// The model.
        model: ModelRef,
    },
    /// Try what a taken-over engine would try, and say what the system refused.
    Try {
        /// The server's database.
        store: Option<PathBuf>,
    },
    /// Cancel a task.
    Cancel {
        /// The task's id.
        task: String,
    },
}

/// A message from the engine to the server process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// The engine accepts orders.
    Ready {
        /// [`PROTOCOL`] of the engine.
        protocol: u32,
        /// The restrictions that apply to the process, as text for people.
        confined: Vec<String>,
    },
    /// A heartbeat, sent every second even while native code runs.
    Pulse {
        /// The engine's anonymous memory, bytes.
        anon_bytes: u64,
        /// The engine's file-backed memory, bytes.
        file_bytes: u64,
    },
    /// What became of the attempts of [`Order::Try`].
    Tried {
        /// Each attempt.
        attempts: Vec<Attempt>,
    },
    /// Progress, a result or a failure, from the scheduler.
    Notice(Notice),
}

/// Receives signals, from several threads. Must return quickly, because the engine waits for it.
pub(super) type SendSignal = dyn Fn(Signal) + Send + Sync;

/// Passes an order to the scheduler. A second `Hello` is ignored.
pub(super) fn give(order: Order, inbox: &Inbox, send: &SendSignal) {
    match order {
        Order::Hello { .. } => {}
        Order::Try { store } => send(Signal::Tried {
            attempts: attempts(store.as_deref()),
        }),
        Order::Analyse { gathered, models } => inbox.analyse([(*gathered, *models, Cancel::new())]),
        Order::Text { task, request, model } => inbox.write(task, *request, model),
        Order::Embed { task, texts, model } => inbox.embed(task, texts, model),
        Order::Cancel { task } => {
            if inbox.cancel(&task) {
                send(Signal::Notice(Notice::cancelled(task)));
            }
        }
    }
}
