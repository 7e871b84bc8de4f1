//! A context over a loaded model, and the loop of continuous batching: each step decodes one token for every active sequence and
//! evaluates a piece of each prompt in prefill. A request can be cancelled at any token.

use std::num::NonZeroU32;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;

use super::abort::Abort;
use super::batch::{self, Part, Width};
use super::slot::{Begun, Slot};
use crate::analysis::Usage;
use crate::engine::arena::milliseconds;
use crate::engine::cancel::Cancel;
use crate::engine::capabilities::Capabilities;
use crate::engine::error::EngineError;
use crate::engine::ggml;
use crate::engine::language::{Language, LanguageInfo, RequestSource};
use crate::engine::llama::cache::{self, KeptStates, Recent, Remembered, clear_from, cut};
use crate::engine::llama::count::native;
use crate::engine::llama::load::{Gguf, Tokens};
use crate::engine::llama::options::LlamaOptions;
use crate::engine::llama::plan::{self, Capacity, ContextPlan, Layout, Way};
use crate::engine::llama::sample::Grammars;
use crate::engine::llama::tuning::RUN;
use crate::engine::request::{Generate, Keeps, Prompt};

/// A context and its state. Fields are dropped in this order: the context before the flags that its callback reads. Both borrow
/// the model, which the arena owns.
pub(crate) struct Session<'arena> {
    context: LlamaContext<'arena>,
    abort: Abort,
    gguf: &'arena Gguf,
    layout: Layout,
    /// Cells of the shared pool, or of each sequence under [`Layout::Apart`].
    cells: usize,
    sequences: usize,
    /// While other requests are active, another one begins once this many sequences are free.
    begins_with: usize,
    width: Width,
    /// The most tokens of a sequence in one step.
    run: usize,
    usage: Usage,
    /// Under [`Layout::Apart`], prompts of finished requests that are still in the cache: the next prompt may share its
    /// beginning.
    remembered: Vec<Remembered>,
    kept: Option<KeptStates>,
    /// Recent conversations of a warm model, under [`Layout::Shared`].
    recent: Option<&'arena mut Recent>,
    grammars: Grammars,
    /// A request taken from the source that waits for free capacity.
    held: Option<Held>,
}

/// A request with its tokenised prompt, before it begins.
struct Held {
    number: usize,
    request: Generate,
    tokens: Tokens,
}

impl<'arena> Session<'arena> {
    /// Opens a context for a plan.
    pub(crate) fn open(
        gguf: &'arena Gguf,
        plan: ContextPlan,
        options: &LlamaOptions,
        kept: Option<KeptStates>,
        recent: Option<&'arena mut Recent>,
    ) -> Result<Self, EngineError> {
        let all_cells = plan::context_cells(plan);
        let sequences = plan.sequences.max(1);
        let cells = match plan.layout {
            Layout::Shared => all_cells,
            Layout::Apart => all_cells / sequences,
        };
        // Under `Apart`, all sequences must have the same number of tokens in a step, or llama.cpp splits it into many graphs.
        let run = match plan.layout {
            Layout::Apart if sequences > 1 => 1,
            _ => RUN,
        };
        let batch = (options.batch as usize).min(cells).max(run * sequences);
        let micro_batch = (options.micro_batch as usize).min(batch);
        let threads = i32::try_from(options.threads).unwrap_or(1).max(1);
        let attention = plan::attention(gguf, plan, options);
        let abort = Abort::default();
        let params = LlamaContextParams::default()
            .with_n_ctx(u32::try_from(all_cells).ok().and_then(NonZeroU32::new))
            .with_n_batch(u32::try_from(batch).unwrap_or(u32::MAX))
            .with_n_ubatch(u32::try_from(micro_batch).unwrap_or(u32::MAX))
            .with_n_seq_max(u32::try_from(sequences).unwrap_or(u32::MAX))
            .with_kv_unified(plan.layout == Layout::Shared)
            .with_flash_attention_policy(match attention.way {
                Way::Product => llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED,
                Way::Flash => llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_AUTO,
            })
            .with_type_k(attention.elements)
            .with_type_v(attention.elements)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        let context = gguf.new_context(abort.install(params))?;
        Ok(Session {
            context,
            abort,
            gguf,
            layout: plan.layout,
            cells,
            sequences,
            begins_with: plan.begins_with,
            width: Width { batch, micro_batch },
            run,
            usage: Usage::default(),
            remembered: Vec::new(),
            kept,
            recent: recent.filter(|_| plan.layout == Layout::Shared),
            grammars: Grammars::default(),
            held: None,
        })
    }

    /// Takes requests from the source while there is free capacity.
    fn admit(&mut self, active: &mut Vec<Slot>, source: &mut dyn RequestSource) {
        loop {
            let capacity = self.capacity(active);
            let is_idle = active.is_empty();
            if capacity.sequences == 0 || (!is_idle && capacity.sequences < self.begins_with) {
                return;
            }
            let Some(held) = self.held.take().or_else(|| self.next(source)) else {
                return;
            };
            let (tokens, reserved) = (held.tokens.all.len(), held.request.max_tokens);
            let fits_now = capacity.holds(tokens, reserved);
            if !is_idle && !fits_now {
                self.held = Some(held);
                return;
            }
            let number = held.number;
            let fits_model = tokens + reserved <= self.gguf.context_length();
            match self.begin(held, capacity, active) {
                Ok(begun) => active.push(begun),
                // A context opened for this request would be large enough.
                Err(error @ EngineError::PromptTooLong { .. }) if !fits_now && fits_model => {
                    source.give_back(number, error);
                }
                Err(error) => source.finish(number, Err(error)),
            }
        }
    }

    /// The next request of the source whose prompt can be tokenised.
    fn next(&self, source: &mut dyn RequestSource) -> Option<Held> {
        loop {
            let (number, request) = source.next(self.gguf)?;
            match self.gguf.tokenize(&request.prompt) {
                Ok(tokens) => {
                    return Some(Held {
                        number,
                        request,
                        tokens,
                    });
                }
                Err(error) => source.finish(number, Err(error)),
            }
        }
    }

    fn capacity(&self, active: &[Slot]) -> Capacity {
        let taken: usize = match self.layout {
            Layout::Shared => active.iter().map(Slot::reserved).sum(),
            Layout::Apart => 0,
        };
        let lent: usize = active.iter().map(|one| one.sequences().len()).sum();
        Capacity {
            cells: self.cells.saturating_sub(taken),
            sequences: self.sequences.saturating_sub(lent),
        }
    }

    fn begin(&mut self, held: Held, capacity: Capacity, active: &[Slot]) -> Result<Slot, EngineError> {
        let Held {
            number,
            request,
            tokens: Tokens {
                all: prompt,
                before_last,
            },
        } = held;
        let reserved = request.max_tokens;
        let limit = capacity.cells.min(self.gguf.context_length());
        if prompt.is_empty() || reserved == 0 || prompt.len() + reserved > limit {
            return Err(EngineError::PromptTooLong {
                tokens: prompt.len(),
                reserved,
                limit,
                hint: "ask for a shorter context or a shorter answer".into(),
            });
        }
        // Decode as many sequences at once as fit; each of the others begins when one of these ends.
        let wide = match self.layout {
            Layout::Shared => (capacity.cells - prompt.len()) / reserved,
            Layout::Apart => capacity.sequences,
        };
        let width = wide.min(capacity.sequences).clamp(1, request.sequences.max(1));
        let lent = |sequence: &i32| active.iter().any(|one| one.sequences().contains(sequence));
        let free: Vec<i32> = (0..native(self.sequences)).filter(|sequence| !lent(sequence)).collect();
        let rule = match &request.grammar {
            Some(grammar) => Some(self.grammars.rule(
                grammar,
                self.gguf.vocabulary(),
                self.gguf.schemas(),
                self.gguf.call_format(),
            )?),
            None => None,
        };
        let (first, mut evaluated) = cache::closest(&self.remembered, &prompt).unwrap_or((free[0], 0));
        let others = free.into_iter().filter(|&sequence| sequence != first);
        let sequences: Vec<i32> = std::iter::once(first).chain(others).take(width).collect();
        self.remembered.retain(|one| !sequences.contains(&one.sequence));
        for &sequence in &sequences[1..] {
            clear_from(&mut self.context, sequence, 0)?;
        }
        let mut stop_at = None;
        if let Some(recent) = self.recent.as_mut().filter(|_| request.keeps == Keeps::Conversation) {
            evaluated = recent.restore(&mut self.context, first, &prompt, prompt.len() + reserved);
        }
        let keeps = request.keeps == Keeps::Instructions && before_last > 0 && evaluated < before_last;
        if let Some(kept) = self.kept.as_ref().filter(|_| keeps) {
            clear_from(&mut self.context, first, 0)?;
            if kept.restore(&mut self.context, first, &prompt[..before_last]) {
                evaluated = before_last;
            } else {
                (evaluated, stop_at) = (0, Some(before_last));
            }
        }
        let evaluated = cut(&mut self.context, first, evaluated)?;
        let prompt = Begun {
            tokens: prompt,
            evaluated,
            stop_at,
        };
        Ok(Slot::new(number, request, prompt, sequences, rule, self.run))
    }

    fn decode(&mut self, batch: &mut LlamaBatch<'_>, parts: &[Part]) -> Result<(), EngineError> {
        ggml::clear();
        let begun = Instant::now();
        let decoded = self.context.decode(batch).map_err(|error| EngineError::Native {
            operation: "decoding",
            reason: ggml::faults_or(&error.to_string()),
        });
        // A graphics card may still be computing the step.
        self.context.synchronize();
        // Divide the time of a mixed step in proportion to the tokens of prefill and decoding.
        let (ms, tokens) = (milliseconds(begun), batch::count(batch));
        let continuing = parts.iter().map(Part::continued).sum::<usize>();
        let share = continuing as f64 / tokens.max(1) as f64;
        self.usage.decode_ms += ms * share;
        self.usage.prefill_ms += ms * (1.0 - share);
        self.usage.decoded_tokens += continuing as u64;
        self.usage.prompt_tokens += (tokens - continuing) as u64;
        decoded
    }

    /// Token counts and timings so far.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    /// Removes a batch's cells from the cache after its decode was aborted.
    fn roll_back(&mut self, parts: &[Part]) -> Result<(), EngineError> {
        parts
            .iter()
            .try_for_each(|part| clear_from(&mut self.context, part.sequence, part.from))
    }

    /// Frees a request's sequences. Under [`Layout::Apart`], the prompt on its first sequence stays in the cache for reuse.
    fn release(&mut self, one: &Slot) {
        let first = one.sequences()[0];
        for &sequence in one.sequences() {
            let remembered = if self.layout == Layout::Apart && sequence == first {
                one.prompt_evaluated()
            } else {
                &[]
            };
            if let Err(error) = clear_from(&mut self.context, sequence, remembered.len()) {
                tracing::warn!(%error, "a sequence was not cleared");
            } else if !remembered.is_empty() {
                let tokens = remembered.to_vec();
                self.remembered.push(Remembered { sequence, tokens });
            }
        }
    }

    /// Finishes every cancelled request.
    fn dismiss_cancelled(&mut self, active: &mut Vec<Slot>, source: &mut dyn RequestSource) {
        if let Some(held) = self.held.take_if(|held| held.request.cancel.is_cancelled()) {
            source.finish(held.number, Err(EngineError::Cancelled));
        }
        for index in (0..active.len()).rev() {
            if active[index].cancel().is_cancelled() {
                let one = active.remove(index);
                self.release(&one);
                source.finish(one.number(), Err(EngineError::Cancelled));
            }
        }
    }

    /// Samples from the logits of the last batch, and finishes the requests that are complete.
    fn advance(&mut self, active: &mut Vec<Slot>, source: &mut dyn RequestSource) {
        for index in (0..active.len()).rev() {
            let one = &mut active[index];
            let number = one.number();
            let advanced = one.advance(self.gguf.vocabulary(), &mut self.context, &mut |step| {
                source.watch(number, step)
            });
            if let (Some(kept), Some((sequence, tokens))) = (&self.kept, one.take_stop()) {
                kept.keep(&self.context, sequence, tokens);
            }
            if let Ok(false) = advanced {
                continue;
            }
            let one = active.remove(index);
            if let Some(recent) = self
                .recent
                .as_mut()
                .filter(|_| advanced.is_ok() && one.keeps_conversation())
            {
                recent.keep(&self.context, one.sequences()[0], one.evaluated_tokens());
            }
            self.release(&one);
            source.finish(number, advanced.map(|_| one.into_completions()));
        }
    }

    fn steps(&mut self, active: &mut Vec<Slot>, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        let mut batch = LlamaBatch::new(self.width.batch, 1);
        loop {
            self.dismiss_cancelled(active, source);
            self.admit(active, source);
            if active.is_empty() {
                return Ok(());
            }
            if self.layout == Layout::Apart {
                let used = active.iter().flat_map(Slot::sequences).copied().collect();
                for (from, to) in cache::compact(&mut self.context, &mut self.remembered, used)? {
                    active.iter_mut().for_each(|one| one.move_sequence(from, to));
                }
            }
            let cancels: Vec<Cancel> = active.iter().map(|one| one.cancel().clone()).collect();
            self.abort.listen_to(cancels.iter());
            let parts = batch::next_parts(active, self.layout, self.width);
            batch::fill(&mut batch, &parts, active)?;
            if let Err(error) = self.decode(&mut batch, &parts) {
                if !cancels.iter().any(Cancel::is_cancelled) {
                    return Err(error);
                }
                self.roll_back(&parts)?;
                active.iter_mut().for_each(Slot::unplace);
                continue;
            }
            let begun = Instant::now();
            self.advance(active, source);
            self.usage.sample_ms += milliseconds(begun);
        }
    }
}

impl LanguageInfo for Session<'_> {
    fn capabilities(&self) -> Capabilities {
        self.gguf.capabilities()
    }

    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        self.gguf.count(prompt)
    }
}

impl Language for Session<'_> {
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        self.context.clear_kv_cache();
        self.remembered.clear();
        let mut active = Vec::new();
        let served = self.steps(&mut active, source);
        self.abort.listen_to(std::iter::empty());
        if let Err(error) = &served {
            let held = self.held.take().map(|held| held.number);
            for number in active.iter().map(Slot::number).chain(held) {
                source.finish(
                    number,
                    Err(EngineError::Native {
                        operation: "decoding",
                        reason: error.to_string(),
                    }),
                );
            }
        }
        served
    }
}
