//! One stage's work on a classifier or an embedder: estimates the memory, opens the arena, runs the work and frees the arena.

use std::path::{Path, PathBuf};

use super::file::BertFile;
use super::options::OnnxOptions;
use super::runtime;
use super::session::BertModel;
use crate::analysis::{Event, LedgerRow, Sink, StageName};
use crate::engine::arena::{ArenaSlot, Claim};
use crate::engine::budget::{Need, human_bytes};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::model_cache::ModelCache;
use crate::engine::read_ahead::ReadAhead;

/// What one stage opens, and for whom.
pub(crate) struct Opening<'a> {
    pub(crate) stage: StageName,
    pub(crate) file: &'a BertFile,
    pub(crate) library: Option<&'a Path>,
    pub(crate) cancel: &'a Cancel,
    /// Files that later stages will open, read into the page cache meanwhile.
    pub(crate) upcoming: &'a [PathBuf],
}

/// Work on an open model.
pub(crate) type BertWork<'a> = dyn FnMut(&mut BertModel) -> Result<(), EngineError> + 'a;

/// Opens the arena, runs the work and frees the arena. Returns a ledger row whenever an arena was open.
pub(crate) fn with_model(
    slot: &mut ArenaSlot,
    model_cache: &mut ModelCache,
    options: &OnnxOptions,
    opening: &Opening<'_>,
    work: &mut BertWork<'_>,
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
    let warm: Option<BertModel> = model_cache.take(&[&opening.file.path]);
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
        BertModel::load(environment, opening.file, options, opening.cancel)
    });
    match opened {
        Ok(mut arena) => {
            let _reading = ReadAhead::start(opening.upcoming, budget.0.saturating_sub(need.total()));
            let done = work(arena.native_mut());
            arena.used(arena.native().usage());
            let row = if model_cache.is_warm() && done.is_ok() {
                arena.keep(|classifier| model_cache.put(&[&opening.file.path], need.total(), classifier))
            } else {
                arena.close()
            };
            (Some(row), done)
        }
        Err(error) => (None, Err(error)),
    }
}

/// The memory of a classifier: its weights, those that ONNX Runtime repacks in addition, the activations of one run, the
/// tokenizer, and the runtime's own library. The factors were measured on BERT-base in float32 and in int8
/// (`make bench-memory`).
fn need(opening: &Opening<'_>, options: &OnnxOptions) -> Result<Need, EngineError> {
    let file = opening.file;
    let unreadable = |error: std::io::Error| EngineError::Load {
        path: file.path.clone(),
        reason: format!("{error}; run `tripod models pull {}`", file.id),
    };
    let weights = std::fs::metadata(&file.path).map_err(unreadable)?.len();
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let repacked = weights * 15 / 100;
    let tokens = options.tokens.min(options.batch * file.max_tokens).max(file.max_tokens);
    let activations = tokens as u64 * 12 * 1024;
    // A tokenizer's tables take about thirty times the size of its file.
    let tokenizer = size(&file.tokenizer) * 30;
    Ok(Need {
        weights,
        kv: 0,
        compute: repacked + activations + tokenizer + opening.library.map_or(0, size),
    })
}
