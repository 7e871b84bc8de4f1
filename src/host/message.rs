//! What goes over the pipe between the front and the engine: one JSON object a line, orders in, signals out.

use serde::{Deserialize, Serialize};

use crate::analysis::ModelRef;
use crate::engine::{Cancel, EngineOptions};
use crate::run::{Gathered, Inbox, ModelSet, Notice, TextRequest};

/// Raised whenever a line's meaning changes; two processes of different versions do not talk.
pub const PROTOCOL: u32 = 2;

/// Front to engine. The first line is [`Order::Hello`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// How to run.
    Hello {
        /// [`PROTOCOL`] of the front.
        protocol: u32,
        /// Budget, threads, libraries, where models are.
        options: EngineOptions,
    },
    /// A job to put through the stages.
    Analyse {
        /// The job; its id names the task.
        gathered: Box<Gathered>,
        /// Its models.
        models: Box<ModelSet>,
    },
    /// Text to continue.
    Text {
        /// The front's name for it.
        task: String,
        /// What is asked.
        request: Box<TextRequest>,
        /// The model.
        model: ModelRef,
    },
    /// Nobody waits for this task any more.
    Cancel {
        /// The task.
        task: String,
    },
}

/// Engine to front.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// The engine takes orders.
    Ready {
        /// [`PROTOCOL`] of the engine.
        protocol: u32,
        /// What the process has given up, for a person to read.
        confined: Vec<String>,
    },
    /// The engine lives; sent every second, also in the middle of native work.
    Pulse {
        /// Its anonymous memory, bytes.
        anon_bytes: u64,
        /// Its file-backed memory, bytes.
        file_bytes: u64,
    },
    /// What its scheduler says.
    Notice(Notice),
}

/// Receives signals, from several threads. It must not block for long: the engine waits meanwhile.
pub(super) type SendSignal = dyn Fn(Signal) + Send + Sync;

/// Gives an order to the scheduler. A second `Hello` changes nothing.
pub(super) fn give(order: Order, inbox: &Inbox, send: &SendSignal) {
    match order {
        Order::Hello { .. } => {}
        Order::Analyse { gathered, models } => inbox.analyse([(*gathered, *models, Cancel::new())]),
        Order::Text { task, request, model } => inbox.write(task, *request, model),
        Order::Cancel { task } => {
            if inbox.cancel(&task) {
                send(Signal::Notice(Notice::cancelled(task)));
            }
        }
    }
}
