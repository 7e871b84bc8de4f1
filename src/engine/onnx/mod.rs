//! A BERT-like classifier on ONNX Runtime: texts in, probabilities out. The runtime's environment lives for the process; the
//! session and the tokenizer belong to the arena. Outputs are copied out before the session goes.

mod runtime;
mod session;
mod tokens;

pub use self::runtime::probe_runtime;
pub(crate) use self::session::BertClassifier;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::arena::{ArenaSlot, Claim};
use super::backend::{ClassifierFile, ClassifierWork};
use super::budget::{Need, human_bytes};
use super::cancel::Cancel;
use super::error::EngineError;
use super::model_cache::ModelCache;
use super::native::Loaded;
use super::read_ahead::ReadAhead;
use crate::analysis::{Event, LedgerRow, Sink, StageName};

/// How ONNX Runtime runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnnxOptions {
    /// Threads within an operator.
    pub threads: usize,
    /// Most texts in one run.
    pub batch: usize,
    /// Most tokens in one run, padding included; a text that is longer by itself makes a run alone.
    pub tokens: usize,
    /// Whether the runtime keeps freed buffers in an arena of its own while the session lives.
    pub cpu_arena: bool,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        OnnxOptions {
            threads: super::llama::default_threads(),
            batch: 32,
            tokens: 1024,
            cpu_arena: true,
        }
    }
}

/// One stage's work on one classifier.
pub(super) struct Opening<'a> {
    pub(super) stage: StageName,
    pub(super) file: &'a ClassifierFile,
    pub(super) library: Option<&'a Path>,
    pub(super) cancel: &'a Cancel,
    /// Files that are opened after it.
    pub(super) upcoming: &'a [PathBuf],
}

/// Opens the arena, does the work, frees the arena. The row is there whenever an arena was open.
pub(super) fn with_model(
    slot: &mut ArenaSlot,
    model_cache: &mut ModelCache<Loaded>,
    options: &OnnxOptions,
    opening: &Opening<'_>,
    work: &mut ClassifierWork<'_>,
    sink: &Sink<'_>,
) -> (Option<LedgerRow>, Result<(), EngineError>) {
    let mut claim = Claim::new(opening.stage, &opening.file.id, Need::default());
    claim.need = match need(opening, options) {
        Ok(need) => need,
        Err(error) => return (None, Err(error)),
    };
    let need = claim.need;
    let budget = slot.budget();
    let hint = || {
        let total = human_bytes(need.total());
        format!("raise --budget to at least {total}, or use a smaller export (int8 takes about a third of fp32)")
    };
    let warm = match model_cache.take(&opening.file.path) {
        Some(Loaded::Classifier(classifier)) => Some(*classifier),
        _ => None,
    };
    model_cache.make_room(need.total(), budget);
    let opened = slot.open(claim, hint, || {
        sink(Event::StageOpened {
            stage: opening.stage,
            model: opening.file.id.clone(),
            need_bytes: need.total(),
            budget_bytes: budget.0,
        });
        if let Some(classifier) = warm {
            return Ok(classifier.renewed(opening.cancel));
        }
        let environment = runtime::environment(opening.library)?;
        BertClassifier::load(environment, opening.file, options, opening.cancel)
    });
    match opened {
        Ok(mut arena) => {
            let _reading = ReadAhead::start(opening.upcoming, budget.0.saturating_sub(need.total()));
            let done = work(arena.native_mut());
            arena.used(arena.native().usage());
            let row = if model_cache.is_warm() && done.is_ok() {
                let put = |classifier| {
                    model_cache.put(
                        &opening.file.path,
                        need.total(),
                        Loaded::Classifier(Box::new(classifier)),
                    )
                };
                arena.keep(put)
            } else {
                arena.close()
            };
            (Some(row), done)
        }
        Err(error) => (None, Err(error)),
    }
}

/// What a classifier takes: its weights and what ONNX Runtime lays out anew beside them, the activations of one run, the
/// tokenizer, and the runtime's own library. The factors were measured on BERT-base in float32 and in int8 (`make
/// bench-memory`).
fn need(opening: &Opening<'_>, options: &OnnxOptions) -> Result<Need, EngineError> {
    let file = opening.file;
    let unreadable = |error: std::io::Error| EngineError::Load {
        path: file.path.clone(),
        reason: format!("{error}; run `tripod models pull {}`", file.id),
    };
    let weights = std::fs::metadata(&file.path).map_err(unreadable)?.len();
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let laid_out = weights * 15 / 100;
    let tokens = options.tokens.min(options.batch * file.max_tokens).max(file.max_tokens);
    let activations = tokens as u64 * 12 * 1024;
    // A tokenizer's tables take some thirty times its file.
    let tokenizer = size(&file.tokenizer) * 30;
    Ok(Need {
        weights,
        kv: 0,
        compute: laid_out + activations + tokenizer + opening.library.map_or(0, size),
    })
}
