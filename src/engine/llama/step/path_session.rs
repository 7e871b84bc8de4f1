//! Many paths of a small model: each request's prompt is evaluated once, then its paths are decoded, some at a time. A path that
//! ends makes room for the next one. A request can be cancelled at any step.

use std::time::Instant;

use small_llama::{Model, Paths, Prompt as PromptCells, Work};

use super::sequence_state::SequenceState;
use crate::analysis::Usage;
use crate::engine::answer::{Completion, Step};
use crate::engine::arena::milliseconds;
use crate::engine::capabilities::Capabilities;
use crate::engine::error::EngineError;
use crate::engine::language::{Language, LanguageInfo, RequestSource};
use crate::engine::llama::load::Gguf;
use crate::engine::llama::plan::PathsPlan;
use crate::engine::llama::sample::{Grammars, Rule, probabilities};
use crate::engine::request::{Generate, Prompt};

/// The most tokens of a path in one step: a sampled one, and one that its grammar forces after it. If that is the end of the text,
/// the path ends without a further step.
const RUN: usize = 2;

/// A small model with the cells of a prompt and of its paths.
pub(crate) struct PathSession<'arena> {
    gguf: &'arena Gguf,
    model: &'arena Model,
    prompt: PromptCells,
    paths: Paths,
    work: Work,
    grammars: Grammars,
    usage: Usage,
}

impl<'arena> PathSession<'arena> {
    /// Allocates the cells of a plan.
    pub(crate) fn open(gguf: &'arena Gguf, model: &'arena Model, plan: PathsPlan) -> Self {
        let shape = model.shape();
        PathSession {
            gguf,
            model,
            prompt: PromptCells::new(shape, plan.prompt),
            paths: Paths::new(shape, plan.together, plan.path),
            work: Work::new(shape, plan.together, plan.prompt, plan.path),
            grammars: Grammars::default(),
            usage: Usage::default(),
        }
    }

    /// Token counts and timings so far.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    fn answer(&mut self, request: &Generate, watch: &mut dyn FnMut(Step<'_>)) -> Result<Vec<Completion>, EngineError> {
        let tokens = self.gguf.tokenize(&request.prompt)?.all;
        let limit = self
            .gguf
            .context_length()
            .min(self.prompt.capacity() + request.max_tokens);
        let fits = tokens.len() + request.max_tokens <= limit && request.max_tokens <= self.paths.capacity();
        if tokens.is_empty() || request.max_tokens == 0 || !fits {
            return Err(EngineError::PromptTooLong {
                tokens: tokens.len(),
                reserved: request.max_tokens,
                limit,
                hint: "ask for a shorter context or a shorter answer".into(),
            });
        }
        let rule = match &request.grammar {
            Some(grammar) => Some(self.grammars.rule(
                grammar,
                self.gguf.vocabulary(),
                self.gguf.schemas(),
                self.gguf.call_format(),
            )?),
            None => None,
        };
        let tokens: Vec<usize> = tokens
            .iter()
            .filter_map(|token| usize::try_from(token.0).ok())
            .collect();
        let opening = self.read(&tokens, request, watch)?;
        if request.first_token {
            let tokens = probabilities(self.gguf.vocabulary(), &opening);
            watch(Step::First { tokens: &tokens });
        }
        self.decode(request, rule.as_ref(), &opening, watch)
    }

    /// Evaluates a prompt and returns the logits after it.
    fn read(
        &mut self,
        tokens: &[usize],
        request: &Generate,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<f32>, EngineError> {
        self.prompt.clear();
        let mut opening = Vec::new();
        for piece in tokens.chunks(self.work.rows()) {
            if request.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let begun = Instant::now();
            let logits = self.model.read(&mut self.prompt, piece, &mut self.work);
            if self.prompt.length() == tokens.len() {
                opening = logits.to_vec();
            }
            self.usage.prefill_ms += milliseconds(begun);
            self.usage.prompt_tokens += piece.len() as u64;
            watch(Step::Prefill {
                tokens: self.prompt.length(),
                of: tokens.len(),
            });
        }
        Ok(opening)
    }

    /// Decodes all paths of a request. Each step appends a token to every path at hand.
    fn decode(
        &mut self,
        request: &Generate,
        rule: Option<&Rule>,
        opening: &[f32],
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Completion>, EngineError> {
        let vocabulary = self.gguf.vocabulary();
        let mut completions: Vec<Option<Completion>> = vec![None; request.sequences];
        let mut lanes: Vec<Option<SequenceState>> = (0..self.paths.count()).map(|_| None).collect();
        let mut tokens = Vec::with_capacity(lanes.len());
        let (mut begun, mut decoded) = (0, 0);
        loop {
            let sampling = Instant::now();
            for (lane, active) in lanes.iter_mut().enumerate() {
                while active.is_none() && begun < request.sequences {
                    self.paths.clear(lane);
                    let mut state = SequenceState::new(vocabulary, request, begun, rule, RUN)?;
                    begun += 1;
                    let ended = state.step(vocabulary, opening, request, watch)?;
                    decoded += state.tokens();
                    match ended {
                        Some(completion) => completions[state.index()] = Some(completion),
                        None => *active = Some(state),
                    }
                }
            }
            self.usage.sample_ms += milliseconds(sampling);
            watch(Step::Decoded { tokens: decoded });
            if request.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let computing = Instant::now();
            // Of two pending tokens, the first needs no logits.
            for behind in (1..=RUN).rev() {
                tokens.clear();
                tokens.extend(lanes.iter().enumerate().filter_map(|(lane, state)| {
                    let token = state.as_ref()?.pending().iter().rev().nth(behind - 1)?;
                    Some((lane, usize::try_from(token.0).ok()?))
                }));
                if !tokens.is_empty() {
                    self.model.step(&self.prompt, &mut self.paths, &tokens, &mut self.work);
                }
                self.usage.decoded_tokens += tokens.len() as u64;
            }
            self.usage.decode_ms += milliseconds(computing);
            if tokens.is_empty() {
                return Ok(completions.into_iter().flatten().collect());
            }
            let sampling = Instant::now();
            for (row, &(lane, _)) in tokens.iter().enumerate() {
                let Some(state) = &mut lanes[lane] else { continue };
                let before = state.tokens();
                let ended = state.step(vocabulary, self.model.logits(&self.work, row), request, watch)?;
                decoded += state.tokens() - before;
                if let Some(completion) = ended {
                    completions[state.index()] = Some(completion);
                    lanes[lane] = None;
                }
            }
            self.usage.sample_ms += milliseconds(sampling);
        }
    }
}

impl LanguageInfo for PathSession<'_> {
    fn capabilities(&self) -> Capabilities {
        self.gguf.capabilities()
    }

    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        self.gguf.count(prompt)
    }
}

impl Language for PathSession<'_> {
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        while let Some((number, request)) = source.next(self.gguf) {
            let answered = self.answer(&request, &mut |step| source.watch(number, step));
            source.finish(number, answered);
        }
        Ok(())
    }
}
