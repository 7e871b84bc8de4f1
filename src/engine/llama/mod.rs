//! llama.cpp through `llama-cpp-2`: a GGUF file and a batch's work in, continuations out. Everything native is owned by locals
//! of one function, in the order of their dropping: context, then model; only the backend lives for the process.

mod cache;
mod load;
mod plan;
mod sample;
mod step;

pub(crate) use self::cache::Recent;
pub(crate) use self::load::{Card, Gguf, GpuLayers, requantized_copy};
pub use self::load::{card_memory, cards};
#[cfg(test)]
pub(crate) use self::sample::draw;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{OnceLock, mpsc};

use llama_cpp_2::llama_backend::LlamaBackend;
use serde::{Deserialize, Serialize};

use self::cache::KeptStates;
use self::step::Session;
use super::arena::{ArenaSlot, Claim};
use super::backend::LanguageFile;
use super::budget::Need;
use super::cancel::Cancel;
use super::context_plan::ContextPlan;
use super::error::EngineError;
use super::language::{Grammar, LanguageWork, Prompt, Vocabulary};
use super::model_cache::ModelCache;
use super::native::Loaded;
use super::read_ahead::ReadAhead;
use crate::analysis::{Event, LedgerRow, Sink, StageName};

/// How llama.cpp runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlamaOptions {
    /// Threads that compute; more than the idle cores collapses (see ARCHITECTURE.md).
    pub threads: usize,
    /// Most tokens in one call of decode.
    pub batch: u32,
    /// Most tokens in one graph. Wider ones read prompts faster as long as what they hold goes into the processor's caches, which
    /// on a card are no limit; the compute buffers grow with them. Fewer where the budget has no room for these.
    pub micro_batch: u32,
    /// Element type of the KV cache.
    pub kv_type: KvType,
    /// Map the weights instead of reading them, where they stay as they lie in the file. Mapped they are there sooner; read
    /// they lie on large pages, where the system gives such, and every token comes sooner.
    pub use_mmap: bool,
    /// How many layers go to the graphics card.
    pub gpu_layers: GpuLayers,
    /// Decode requests of several sequences beside each other where that is faster. Rows of a batch can depend on the rows beside
    /// them, so it is off where a result must not depend on what else is asked.
    pub side_by_side: bool,
    /// Where the states of instructions that every prompt begins with are kept; without it they are evaluated each time.
    pub states: Option<PathBuf>,
    /// Where faster twins of files in slow blocks are kept; without it the files are used as they are.
    pub twins: Option<PathBuf>,
}

impl Default for LlamaOptions {
    fn default() -> Self {
        LlamaOptions {
            threads: default_threads(),
            batch: 512,
            micro_batch: if cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan")) {
                512
            } else {
                256
            },
            kv_type: KvType::Auto,
            use_mmap: !load::are_given(),
            gpu_layers: GpuLayers::default(),
            side_by_side: true,
            states: None,
            twins: None,
        }
    }
}

/// One fewer than the cores there are, at least one: a compute thread that waits for a busy core stalls all others.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// Element type of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvType {
    /// 16 bits: bf16 where that is faster on this processor, else f16.
    #[default]
    Auto,
    /// 16-bit floats of half precision.
    F16,
    /// 8-bit blocks of 32 with a scale: a little over half the size.
    Q8_0,
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(KvType::Auto),
            "f16" => Ok(KvType::F16),
            "q8_0" => Ok(KvType::Q8_0),
            other => Err(format!("`{other}` is no KV cache type: write auto, f16 or q8_0")),
        }
    }
}

/// One stage's work on one GGUF file.
pub(super) struct Opening<'a> {
    pub(crate) stage: StageName,
    pub(crate) model: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) template: Option<&'a str>,
    pub(crate) cancel: &'a Cancel,
    /// Files that are opened after it.
    pub(crate) upcoming: &'a [PathBuf],
}

/// Plans the work, opens the arena, does the work, frees the arena. The row is there whenever an arena was open.
pub(super) fn with_model(
    slot: &mut ArenaSlot,
    model_cache: &mut ModelCache<Loaded>,
    options: &LlamaOptions,
    opening: &Opening<'_>,
    work: &mut dyn LanguageWork,
    sink: &Sink<'_>,
) -> (Option<LedgerRow>, Result<(), EngineError>) {
    let mut claim = Claim::new(opening.stage, opening.model, Need::default());
    let (warm, recent) = match model_cache.take(opening.path) {
        Some(Loaded::Language(gguf, recent)) => (Some(gguf.with_template(opening.template)), recent),
        _ => (None, Recent::default()),
    };
    let is_loaded = warm.is_some();
    let budget = slot.budget();
    let opened = warm.map_or_else(|| load::open(opening, options, budget), Ok);
    let planned = opened.and_then(|gguf| {
        let demand = work.plan(&gguf)?;
        Ok((gguf, demand))
    });
    let (gguf, demand) = match planned {
        Ok(planned) => planned,
        Err(error) => return (None, Err(error)),
    };
    // Every job of the batch may have failed while it was planned: then there is nothing to load for.
    if demand == ContextPlan::default() {
        return (None, Ok(()));
    }
    let (demand, options) = plan::within(budget, &gguf, demand, options);
    let options = &options;
    claim.need = gguf.need(demand, options);
    let need = claim.need.total();
    let hint = if need > budget.0 {
        plan::hint(&gguf, demand, options, budget)
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
                model: opening.model.to_owned(),
                need_bytes: need,
                budget_bytes: budget.0,
            });
            if is_loaded {
                return Ok(gguf);
            }
            let free = card_memory().free;
            let layers = load::layers_on_card(options.gpu_layers, gguf.layers(), stated, free, budget);
            load(gguf, options, layers, opening, sink)
        },
    );
    let arena = match opened {
        Ok(arena) => arena,
        Err(error) => return (None, Err(error)),
    };
    // A state holds the layout of all sequences of its context, so those of several could not be exchanged.
    let keeps = demand.sequences == 1;
    let is_twin = arena.native().path() != opening.path;
    let hash = opening.sha256.filter(|_| keeps);
    let kept = options.states.as_deref().zip(hash).map(|(directory, hash)| {
        let of = if is_twin { "twin of" } else { "" };
        // The values lie in another order for each.
        let attention = arena.native().attention(demand, options);
        KeptStates::new(directory, &format!("{of}{hash} {attention:?}"), options)
    });
    let mut recent = recent.within(budget.0.saturating_sub(need));
    let lent = model_cache.is_warm().then_some(&mut recent);
    let done = Session::open(arena.native(), demand, options, kept, lent).and_then(|mut session| {
        arena.loaded();
        let _reading = ReadAhead::start(opening.upcoming, budget.0.saturating_sub(need));
        let done = work.run(&mut session);
        arena.used(session.usage());
        done
    });
    let row = if model_cache.is_warm() && done.is_ok() {
        let bytes = stated.weights + recent.bytes();
        arena.keep(|gguf| model_cache.put(opening.path, bytes, Loaded::Language(gguf, recent)))
    } else {
        arena.close()
    };
    (Some(row), done)
}

/// Whether a model can take a prompt, an answer of so many tokens and a grammar. Opens the vocabulary alone, and no arena.
/// Returns the model's context length in tokens.
///
/// # Errors
///
/// [`EngineError::PromptTooLong`], [`EngineError::Grammar`], [`EngineError::ChatTemplate`] or [`EngineError::Load`].
pub fn check_text(
    file: &LanguageFile,
    prompt: &Prompt,
    max_tokens: usize,
    grammar: Option<&Grammar>,
) -> Result<usize, EngineError> {
    let gguf = Gguf::open(&file.path, file.chat_template.as_deref())?;
    let (tokens, limit) = (gguf.count(prompt)?, gguf.context_length());
    if tokens + max_tokens > limit {
        return Err(EngineError::PromptTooLong {
            tokens,
            reserved: max_tokens,
            limit,
            hint: "shorten it or lower max_tokens".into(),
        });
    }
    if let Some(grammar) = grammar {
        sample::check_grammar(grammar)?;
    }
    Ok(limit)
}

/// Loads the weights on a thread beside this one, which tells of the progress meanwhile.
fn load(
    gguf: Gguf,
    options: &LlamaOptions,
    gpu_layers: u32,
    opening: &Opening<'_>,
    sink: &Sink<'_>,
) -> Result<Gguf, EngineError> {
    let (sender, fractions) = mpsc::channel();
    let maps = options.use_mmap && !gguf.is_laid_out_anew() && !load::copies_weights(gpu_layers);
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

/// The one backend of the process.
fn backend() -> Result<&'static LlamaBackend, EngineError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        load::install();
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    backend.as_ref().map_err(|reason| EngineError::Native {
        operation: "starting llama.cpp",
        reason: reason.clone(),
    })
}
