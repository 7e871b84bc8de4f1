//! A context over a loaded model: prefill once, decode many sequences together, stop at any token.

use std::num::NonZeroU32;
use std::rc::Rc;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::abort::Abort;
use super::gguf::{Gguf, context_cells};
use super::sampler::{Alphabet, Sampler};
use super::stream::{Flow, TextStream};
use super::{KvType, LlamaOptions, backend, logs};
use crate::engine::language::{Completion, Demand, Finish, Generate, Language, Prompt, Step, Vocabulary};
use crate::engine::{Cancel, EngineError};

/// A context and what it needs. Fields drop in this order: the context before the flag that its callback reads; both borrow
/// the model, which the arena owns.
pub(super) struct Session<'arena> {
    context: LlamaContext<'arena>,
    abort: Abort,
    gguf: &'arena Gguf,
    cells: usize,
    sequences: usize,
    batch: usize,
    /// The last alphabet, by its characters: every job of a batch uses the same.
    alphabet: Option<(String, Rc<Alphabet>)>,
}

impl<'arena> Session<'arena> {
    /// Opens a context that holds `demand`.
    pub(super) fn open(gguf: &'arena Gguf, demand: Demand, options: &LlamaOptions) -> Result<Self, EngineError> {
        let cells = context_cells(demand);
        let sequences = demand.sequences.max(1);
        let batch = (options.batch as usize).min(cells).max(sequences);
        let micro_batch = (options.micro_batch as usize).min(batch);
        let threads = i32::try_from(options.threads).unwrap_or(1).max(1);
        let kv = match options.kv_type {
            KvType::F16 => KvCacheType::F16,
            KvType::Q8_0 => KvCacheType::Q8_0,
        };
        let abort = Abort::default();
        let params = LlamaContextParams::default()
            .with_n_ctx(u32::try_from(cells).ok().and_then(NonZeroU32::new))
            .with_n_batch(u32::try_from(batch).unwrap_or(u32::MAX))
            .with_n_ubatch(u32::try_from(micro_batch).unwrap_or(u32::MAX))
            .with_n_seq_max(u32::try_from(sequences).unwrap_or(u32::MAX))
            .with_kv_unified(true)
            .with_type_k(kv)
            .with_type_v(kv)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        logs::clear();
        let context = gguf
            .model()
            .new_context(backend()?, abort.install(params))
            .map_err(|_| EngineError::Native {
                operation: "opening a llama.cpp context",
                reason: logs::faults_or("it gave no reason; a smaller context may fit"),
            })?;
        Ok(Session {
            context,
            abort,
            gguf,
            cells,
            sequences,
            batch,
            alphabet: None,
        })
    }

    /// Evaluates the prompt on sequence 0; the logits of its last token are the batch's last output.
    fn prefill(
        &mut self,
        tokens: &[LlamaToken],
        cancel: &Cancel,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<usize, EngineError> {
        let mut batch = LlamaBatch::new(self.batch, 1);
        let mut done = 0;
        let mut last_index = 0;
        for chunk in tokens.chunks(self.batch) {
            batch.clear();
            for (offset, &token) in chunk.iter().enumerate() {
                let position = done + offset;
                add(&mut batch, token, position, 0, position + 1 == tokens.len())?;
            }
            last_index = chunk.len() - 1;
            self.decode(&mut batch, cancel)?;
            done += chunk.len();
            watch(Step::Prefill {
                tokens: done,
                of: tokens.len(),
            });
        }
        Ok(last_index)
    }

    fn decode(&mut self, batch: &mut LlamaBatch<'_>, cancel: &Cancel) -> Result<(), EngineError> {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        logs::clear();
        self.context.decode(batch).map_err(|error| {
            if cancel.is_cancelled() {
                EngineError::Cancelled
            } else {
                EngineError::Native {
                    operation: "decoding",
                    reason: logs::faults_or(&error.to_string()),
                }
            }
        })
    }

    /// The tokens that the request's grammar can use, where it names its characters.
    fn alphabet_of(&mut self, request: &Generate) -> Option<Rc<Alphabet>> {
        let wanted = request.grammar.as_ref()?.alphabet.as_deref()?;
        if let Some((characters, alphabet)) = &self.alphabet
            && characters == wanted
        {
            return Some(Rc::clone(alphabet));
        }
        let alphabet = Rc::new(Alphabet::of(self.gguf.model(), wanted));
        self.alphabet = Some((wanted.to_owned(), Rc::clone(&alphabet)));
        Some(alphabet)
    }

    /// Samples the sequences of one wave together over the prompt that lies on sequence 0.
    fn sample_wave(
        &mut self,
        request: &Generate,
        wave: &Wave,
        decoded: &mut usize,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Completion>, EngineError> {
        let alphabet = self.alphabet_of(request);
        let mut growing = Vec::with_capacity(wave.count);
        for slot in 0..wave.count {
            if slot > 0 {
                self.context.copy_cache(0, native(slot), native(wave.prompt_tokens));
            }
            growing.push(Growing::new(
                self.gguf.model(),
                request,
                wave,
                slot,
                alphabet.as_deref(),
            )?);
        }
        let mut finished: Vec<Option<Completion>> = vec![None; wave.count];
        let mut batch = LlamaBatch::new(wave.count.max(1), 1);
        loop {
            batch.clear();
            for sequence in &mut growing {
                if request.cancel.is_cancelled() {
                    return Err(EngineError::Cancelled);
                }
                let number = wave.first + sequence.slot;
                let (token, ended) = sequence.step(self.gguf.model(), &self.context, request.max_tokens, |text| {
                    watch(Step::Text { sequence: number, text });
                })?;
                *decoded += 1;
                if let Some(completion) = ended {
                    watch(Step::Finished {
                        sequence: number,
                        completion: &completion,
                    });
                    finished[sequence.slot] = Some(completion);
                } else {
                    sequence.output = usize::try_from(batch.n_tokens()).unwrap_or(0);
                    add(
                        &mut batch,
                        token,
                        wave.prompt_tokens + sequence.tokens - 1,
                        native(sequence.slot),
                        true,
                    )?;
                }
            }
            watch(Step::Decoded { tokens: *decoded });
            growing.retain(|sequence| finished[sequence.slot].is_none());
            if growing.is_empty() {
                return Ok(finished.into_iter().flatten().collect());
            }
            self.decode(&mut batch, &request.cancel)?;
        }
    }
}

/// Sequences that are decoded together.
struct Wave {
    /// Tokens of the prompt they share.
    prompt_tokens: usize,
    /// Where in the last batch the logits of the prompt's end are.
    last_index: usize,
    /// The request's number of the first of them.
    first: usize,
    /// How many.
    count: usize,
}

/// One sequence while it grows.
struct Growing<'a> {
    slot: usize,
    sampler: Sampler<'a>,
    stream: TextStream<'a>,
    tokens: usize,
    /// Where in the last batch its logits are.
    output: usize,
}

impl<'a> Growing<'a> {
    fn new(
        model: &LlamaModel,
        request: &'a Generate,
        wave: &Wave,
        slot: usize,
        alphabet: Option<&'a Alphabet>,
    ) -> Result<Self, EngineError> {
        let sampler = Sampler::new(
            model,
            &request.sampling,
            wave.first + slot,
            request.grammar.as_ref(),
            alphabet,
        )?;
        Ok(Growing {
            slot,
            sampler,
            stream: TextStream::new(&request.stop),
            tokens: 0,
            output: wave.last_index,
        })
    }

    /// Samples one token; with it comes the completion when the sequence ends there.
    fn step(
        &mut self,
        model: &LlamaModel,
        context: &LlamaContext<'_>,
        max_tokens: usize,
        mut show: impl FnMut(&str),
    ) -> Result<(LlamaToken, Option<Completion>), EngineError> {
        // The index is the one that was marked for output in the batch just decoded, so the binding's panic cannot come.
        let logits = context.get_logits_ith(i32::try_from(self.output).unwrap_or(0));
        let token = self.sampler.sample(logits)?;
        self.tokens += 1;
        let vocabulary = model.vocab();
        let stopped = vocabulary.is_eog(token)
            || self.stream.push(&vocabulary.token_to_piece(token, false, None)) == Flow::Stopped;
        let finish = if stopped {
            Some(Finish::Stop)
        } else if self.tokens >= max_tokens {
            Some(Finish::Length)
        } else {
            None
        };
        let shown = if finish.is_some() {
            self.stream.finish()
        } else {
            self.stream.take_new()
        };
        if !shown.is_empty() {
            show(shown);
        }
        let completion = finish.map(|finish| Completion {
            text: self.stream.text().to_owned(),
            tokens: self.tokens,
            finish,
        });
        Ok((token, completion))
    }
}

impl Vocabulary for Session<'_> {
    fn count(&self, prompt: &Prompt) -> Result<usize, EngineError> {
        self.gguf.count(prompt)
    }

    fn context_length(&self) -> usize {
        self.gguf.context_length()
    }
}

impl Language for Session<'_> {
    fn generate(
        &mut self,
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Completion>, EngineError> {
        let tokens = self.gguf.tokenize(&request.prompt)?;
        let reserved = request.max_tokens;
        let room = self.cells.min(self.context_length());
        if tokens.is_empty() || reserved == 0 || tokens.len() + reserved > room {
            return Err(EngineError::PromptTooLong {
                tokens: tokens.len(),
                reserved,
                limit: room,
                hint: "ask for a shorter context or a shorter answer".into(),
            });
        }
        if request.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        self.abort.listen_to(&request.cancel);
        self.context.clear_kv_cache();
        // As many sequences at once as the open context holds; the prompt stays on sequence 0 between waves.
        let width = ((self.cells - tokens.len()) / reserved).clamp(1, self.sequences);
        let mut completions = Vec::with_capacity(request.sequences);
        let mut decoded = 0;
        let mut last_index = self.prefill(&tokens, &request.cancel, watch)?;
        while completions.len() < request.sequences {
            if !completions.is_empty() {
                // The logits of the prompt's end went with the last decode: evaluate its last token again.
                self.context.clear_after(tokens.len() - 1)?;
                let mut batch = LlamaBatch::new(1, 1);
                let last = tokens.len() - 1;
                add(&mut batch, tokens[last], last, 0, true)?;
                self.decode(&mut batch, &request.cancel)?;
                last_index = 0;
            }
            let first = completions.len();
            let count = width.min(request.sequences - first);
            let wave = Wave {
                prompt_tokens: tokens.len(),
                last_index,
                first,
                count,
            };
            let wave = self.sample_wave(request, &wave, &mut decoded, watch)?;
            completions.extend(wave);
        }
        self.abort.listen_to(&Cancel::new());
        Ok(completions)
    }
}

trait ClearAfter {
    fn clear_after(&mut self, position: usize) -> Result<(), EngineError>;
}

impl ClearAfter for LlamaContext<'_> {
    /// Removes everything from `position` on, on all sequences.
    fn clear_after(&mut self, position: usize) -> Result<(), EngineError> {
        let from = u32::try_from(position).ok();
        self.clear_kv_cache_seq(None, from, None)
            .map(|_| ())
            .map_err(|error| EngineError::Native {
                operation: "clearing the KV cache",
                reason: error.to_string(),
            })
    }
}

fn add(
    batch: &mut LlamaBatch<'_>,
    token: LlamaToken,
    position: usize,
    sequence: i32,
    logits: bool,
) -> Result<(), EngineError> {
    batch
        .add(token, native(position), &[sequence], logits)
        .map_err(|error| EngineError::Native {
            operation: "filling a batch",
            reason: error.to_string(),
        })
}

/// A small count as llama.cpp takes it.
fn native(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
