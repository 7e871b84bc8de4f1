//! One stage's work on one GGUF file: plans the workload, opens the arena, runs the work and frees the arena.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use super::cache::{KeptStates, Recent};
use super::load::{self, Gguf};
use super::options::LlamaOptions;
use super::plan::{self, ContextPlan, PathsPlan};
use super::step::{PathSession, Session};
use crate::analysis::{AdapterRef, Event, LedgerRow, Sink, StageName};
use crate::engine::arena::{ArenaSlot, Claim};
use crate::engine::budget::{Budget, Need, human_bytes};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::ggml::card_memory;
use crate::engine::language::{Language, LanguageWork};
use crate::engine::model_cache::ModelCache;
use crate::engine::read_ahead::ReadAhead;
use crate::engine::workload::Workload;
use crate::models::ResolvedModel;

/// What one stage opens, and for whom.
pub(crate) struct Opening<'a> {
    pub(crate) stage: StageName,
    pub(crate) files: &'a ResolvedModel,
    pub(crate) cancel: &'a Cancel,
    /// Files that later stages will open, read into the page cache meanwhile.
    pub(crate) upcoming: &'a [PathBuf],
}

/// How a workload is computed.
enum Engine {
    /// Many paths of a small model, by [`small_llama`].
    Paths(PathsPlan),
    /// Anything else, by llama.cpp.
    Context(ContextPlan, LlamaOptions),
}

impl Engine {
    fn of(gguf: &Gguf, workload: &Workload, options: &LlamaOptions, budget: Budget) -> Self {
        let small = Some(workload)
            .filter(|workload| options.small_models && PathsPlan::suits(workload))
            .and_then(|_| gguf.small_shape());
        match small {
            Some(shape) => Engine::Paths(PathsPlan::of(workload, shape, gguf.file_bytes(), budget)),
            None => {
                let (plan, options) = plan::within(budget, gguf, ContextPlan::of(workload), options);
                Engine::Context(plan, options)
            }
        }
    }

    fn need(&self, gguf: &Gguf) -> Need {
        match self {
            Engine::Paths(plan) => plan.need(gguf.file_bytes()),
            Engine::Context(plan, options) => plan::need(gguf, *plan, options),
        }
    }

    /// Advice if the need exceeds the budget.
    fn hint(&self, gguf: &Gguf, budget: Budget) -> String {
        let need = self.need(gguf).total();
        match self {
            _ if need <= budget.0 => String::new(),
            Engine::Paths(_) => format!("raise --budget to at least {}", human_bytes(need)),
            Engine::Context(plan, options) => plan::hint(gguf, *plan, options, budget),
        }
    }

    fn load(&self, gguf: Gguf, opening: &Opening<'_>, budget: Budget, sink: &Sink<'_>) -> Result<Gguf, EngineError> {
        match self {
            Engine::Paths(_) if gguf.small().is_some() => Ok(gguf),
            Engine::Paths(plan) => gguf.load_small(plan.shape),
            Engine::Context(..) if gguf.is_loaded() => Ok(gguf),
            Engine::Context(_, options) => {
                let (free, need) = (card_memory().free, self.need(&gguf));
                let layers = load::layers_on_card(options.gpu_layers, gguf.shape().layers, need, free, budget);
                load(gguf, options, layers, opening, sink)
            }
        }
    }
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
    let adapter = files.adapter.as_ref();
    let parts: Vec<&Path> = std::iter::once(files.weights.as_path())
        .chain(adapter.map(|adapter| adapter.path.as_path()))
        .collect();
    let template = files.manifest.chat_template.as_deref();
    let mut claim = Claim::new(opening.stage, &files.id, Need::default());
    let (warm, recent) = match model_cache.take::<(Gguf, Recent)>(&parts) {
        Some((gguf, recent)) => (Some(gguf.with_template(template)), recent),
        None => (None, Recent::default()),
    };
    let budget = slot.budget();
    let opened = warm.map_or_else(
        || {
            let gguf = load::open(&files.weights, &files.sha256, template, options, budget)?;
            match adapter {
                Some(adapter) => gguf.with_adapter(&adapter.path),
                None => Ok(gguf),
            }
        },
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
    let engine = Engine::of(&gguf, &workload, options, budget);
    let stated = engine.need(&gguf);
    let need = stated.total();
    claim.need = stated;
    let hint = engine.hint(&gguf, budget);
    model_cache.make_room(need, budget);
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
            engine.load(gguf, opening, budget, sink)
        },
    );
    let arena = match opened {
        Ok(arena) => arena,
        Err(error) => return (None, Err(error)),
    };
    let left = budget.0.saturating_sub(need);
    let mut recent = recent.within(left);
    let mut run = |language: &mut dyn Language| {
        arena.loaded();
        let _reading = ReadAhead::start(opening.upcoming, left);
        work.run(language)
    };
    let done = match (&engine, arena.native().small()) {
        (Engine::Paths(plan), Some(model)) => {
            let mut session = PathSession::open(arena.native(), model, *plan);
            let done = run(&mut session);
            arena.used(session.usage());
            done
        }
        (Engine::Paths(_), None) => Err(EngineError::Native {
            operation: "loading a small model",
            reason: "its weights are not there".into(),
        }),
        (Engine::Context(plan, options), _) => {
            let kept = kept_states(arena.native(), files, *plan, options);
            let lent = model_cache.is_warm().then_some(&mut recent);
            Session::open(arena.native(), *plan, options, kept, lent).and_then(|mut session| {
                let done = run(&mut session);
                arena.used(session.usage());
                done
            })
        }
    };
    let mut row = if model_cache.is_warm() && done.is_ok() {
        let bytes = stated.weights + recent.bytes();
        arena.keep(|gguf| model_cache.put(&parts, bytes, (gguf, recent)))
    } else {
        arena.close()
    };
    row.adapter = adapter.map(|adapter| {
        Box::new(AdapterRef {
            id: adapter.id.clone(),
            sha256: adapter.sha256.clone(),
        })
    });
    (Some(row), done)
}

/// The folder of saved states, if a context can exchange states with another: only one of a single sequence can, because a state
/// depends on the layout of all sequences of its context.
fn kept_states(gguf: &Gguf, files: &ResolvedModel, plan: ContextPlan, options: &LlamaOptions) -> Option<KeptStates> {
    let directory = options.states.as_deref().filter(|_| plan.sequences == 1)?;
    // This text is part of the hash in the files' names. Changing it would orphan every file that users already have.
    let of = if gguf.path() == files.weights { "" } else { "twin of" };
    // Each kind of attention stores the values in a different order.
    let attention = plan::attention(gguf, plan, options);
    let adapter = files.adapter.as_ref();
    let with = adapter.map_or_else(String::new, |adapter| format!(" with {}", adapter.sha256));
    let model = format!("{of}{} {attention:?}{with}", files.sha256);
    Some(KeptStates::new(directory, &model, options))
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
