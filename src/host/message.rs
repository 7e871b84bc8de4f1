//! The protocol between the server process and the engine: one JSON object a line, orders to the engine, signals back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::attempts::Attempt;
use crate::analysis::ModelRef;
use crate::engine::{Ask, EngineOptions, Told};
use crate::run::{Gathered, ModelSet, Notice, TextRequest};

/// Protocol version, raised whenever the meaning of a line changes. Processes with different versions refuse to work together.
pub const PROTOCOL: u32 = 6;

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
    /// What is told of a question about a model on other machines.
    Told {
        /// The question's number.
        question: u64,
        /// What is told.
        told: Told,
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
    /// A question for a model on other machines: the engine has no sockets.
    Ask {
        /// The question's number.
        question: u64,
        /// The question.
        ask: Ask,
    },
    /// The engine no longer wants to know.
    HangUp {
        /// The question's number.
        question: u64,
    },
    /// Progress, a result or a failure, from the scheduler.
    Notice(Notice),
}

/// Receives signals, from several threads. Must return quickly, because the engine waits for it.
pub(super) type SendSignal = dyn Fn(Signal) + Send + Sync;
