//! One stage's work on one GGUF file: plans the workload, opens the arena, runs the work and frees the arena.

use std::path::PathBuf;
use std::sync::mpsc;

use super::cache::{KeptStates, Recent};
use super::load::{self, Gguf};
use super::options::LlamaOptions;
use super::plan::{self, ContextPlan};
use super::step::Session;
use crate::analysis::{Event, LedgerRow, Sink, StageName};
use crate::engine::arena::{ArenaSlot, Claim};
use crate::engine::budget::Need;
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::ggml::card_memory;
use crate::engine::language::LanguageWork;
use crate::engine::model_cache::ModelCache;
use crate::engine::read_ahead::ReadAhead;
use crate::models::ResolvedModel;

/// What one stage opens, and for whom.
pub(crate) struct Opening<'a> {
    pub(crate) stage: StageName,
    pub(crate) files: &'a ResolvedModel,
    pub(crate) cancel: &'a Cancel,
    /// Files that later stages will open, read into the page cache meanwhile.
    pub(crate) upcoming: &'a [PathBuf],
}

/// Plans the work, opens the arena, runs the work and frees the arena. Returns a ledger row whenever an arena was open.
pub(crate) fn with_model(
    slot: &mut ArenaSlot,
    model_cache: &mut ModelCache,
    options: &LlamaOptions,
    opening: &Opening<'_>,
    work: &mut dyn LanguageWork,
    sink: &Sink<'_>,
) -> (Option<LedgerRow>, Result<(), EngineError>) {
    let files = opening.files;
    let template = files.manifest.chat_template.as_deref();
    let mut claim = Claim::new(opening.stage, &files.id, Need::default());
    let (warm, recent) = match model_cache.take::<(Gguf, Recent)>(&files.weights) {
        Some((gguf, recent)) => (Some(gguf.with_template(template)), recent),
        None => (None, Recent::default()),
    };
    let is_loaded = warm.is_some();
    let budget = slot.budget();
    let opened = warm.map_or_else(
        || load::open(&files.weights, &files.sha256, template, options, budget),
        Ok,
    );
    let planned = opened.and_then(|gguf| {
        let workload = work.plan(&gguf)?;
        Ok((gguf, workload))
    });
    let (gguf, workload) = match planned {
        Ok(planned) => planned,
        Err(error) => return (None, Err(error)),
    };
    // If every job of the batch failed while it was planned, nothing needs to be loaded.
    if workload.is_empty() {
        return (None, Ok(()));
    }
    let (plan, options) = plan::within(budget, &gguf, ContextPlan::of(&workload), options);
    let options = &options;
    claim.need = plan::need(&gguf, plan, options);
    let need = claim.need.total();
    let hint = if need > budget.0 {
        plan::hint(&gguf, plan, options, budget)
    } else {
        String::new()
    };
    model_cache.make_room(need, budget);
    let stated = claim.need;
    let opened = slot.open(
        claim,
        || hint,
        || {
            sink(Event::StageOpened {
                stage: opening.stage,
                model: files.id.clone(),
                need_bytes: need,
                budget_bytes: budget.0,
            });
            if is_loaded {
                return Ok(gguf);
            }
            let free = card_memory().free;
            let layers = load::layers_on_card(options.gpu_layers, gguf.shape().layers, stated, free, budget);
            load(gguf, options, layers, opening, sink)
        },
    );
    let arena = match opened {
        Ok(arena) => arena,
        Err(error) => return (None, Err(error)),
    };
    // A saved state depends on the layout of all sequences of its context, so only contexts of one sequence can exchange states.
    let directory = options.states.as_deref().filter(|_| plan.sequences == 1);
    let is_copy = arena.native().path() != files.weights;
    let kept = directory.map(|directory| {
        // This text is part of the hash in the files' names. Changing it would orphan every file that users already have.
        let of = if is_copy { "twin of" } else { "" };
        // Each kind of attention stores the values in a different order.
        let attention = plan::attention(arena.native(), plan, options);
        KeptStates::new(directory, &format!("{of}{} {attention:?}", files.sha256), options)
    });
    let mut recent = recent.within(budget.0.saturating_sub(need));
    let lent = model_cache.is_warm().then_some(&mut recent);
    let done = Session::open(arena.native(), plan, options, kept, lent).and_then(|mut session| {
        arena.loaded();
        let _reading = ReadAhead::start(opening.upcoming, budget.0.saturating_sub(need));
        let done = work.run(&mut session);
        arena.used(session.usage());
        done
    });
    let row = if model_cache.is_warm() && done.is_ok() {
        let bytes = stated.weights + recent.bytes();
        arena.keep(|gguf| model_cache.put(&files.weights, bytes, (gguf, recent)))
    } else {
        arena.close()
    };
    (Some(row), done)
}

/// Loads the weights on another thread, while this one reports the progress.
fn load(
    gguf: Gguf,
    options: &LlamaOptions,
    gpu_layers: u32,
    opening: &Opening<'_>,
    sink: &Sink<'_>,
) -> Result<Gguf, EngineError> {
    let (sender, fractions) = mpsc::channel();
    let maps = options.use_mmap && !gguf.is_repacked() && !load::copies_weights(gpu_layers);
    std::thread::scope(|scope| {
        let loading = scope.spawn(move || gguf.load_weights(maps, gpu_layers, opening.cancel, &sender));
        for fraction in fractions {
            sink(Event::Loading {
                stage: opening.stage,
                fraction,
            });
        }
        loading.join().unwrap_or_else(|_| {
            Err(EngineError::Native {
                operation: "loading a model",
                reason: "the loading thread panicked".into(),
            })
        })
    })
}
