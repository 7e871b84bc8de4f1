//! A language model on other machines as a [`Language`]: takes requests from a source as many as the servers take, checks answers that
//! must follow a grammar, and asks again for those that do not, at most twice.

use std::collections::{BTreeMap, HashMap};

use super::ask::{Ask, Described, Spent, Told, Writing, failed};
use super::caller::Caller;
use super::check::{self, Checker, Verdict};
use super::waiting::Waiting;
use crate::analysis::ModelRef;
use crate::engine::answer::{Completion, Step, TokenChoice};
use crate::engine::capabilities::Capabilities;
use crate::engine::error::{EngineError, RemoteFailure};
use crate::engine::language::{Language, LanguageInfo, RequestSource};
use crate::engine::request::{Generate, Prompt};

/// How often a model is asked again for an answer that has not the form.
const MOST_AGAIN: u32 = 2;

/// Continuations in one request to a server. Fewer spread better over servers.
const TOGETHER: usize = 8;

/// A model on other machines, described.
pub(super) struct RemoteLanguage<'a> {
    caller: &'a dyn Caller,
    model: &'a ModelRef,
    described: Described,
    checker: Checker,
    /// What all requests took so far.
    pub(super) spent: Spent,
}

/// A request that is being answered.
struct InHand {
    request: Generate,
    /// The finished sequences.
    completions: Vec<Option<(Completion, Vec<TokenChoice>)>>,
    /// Sequences that were passed on, the first ones.
    passed: usize,
    /// Pieces decoded so far by each question.
    decoded: BTreeMap<u64, usize>,
    /// Tokens of the prompt, as a server counted them with an answer.
    prompt_tokens: usize,
}

/// A question to a server: sequences of a request.
struct Question {
    number: usize,
    sequences: Vec<usize>,
    attempt: u32,
}

impl InHand {
    /// Whether its text is passed on while it is written.
    fn is_live(&self) -> bool {
        self.request.grammar.is_none()
    }
}

impl<'a> RemoteLanguage<'a> {
    pub(super) fn new(caller: &'a dyn Caller, model: &'a ModelRef, described: Described) -> Self {
        RemoteLanguage {
            caller,
            model,
            described,
            checker: Checker::default(),
            spent: Spent::default(),
        }
    }

    /// The question for some sequences of a request.
    fn question(&self, request: &Generate, prompt: Prompt, sequences: &[usize], attempt: u32) -> Ask {
        let mut sampling = request.sampling.clone();
        let first = sequences.first().copied().unwrap_or_default();
        sampling.seed = seed(sampling.seed, first, attempt);
        Ask::Write {
            model: self.model.clone(),
            request: Box::new(Writing {
                prompt,
                sequences: sequences.len(),
                max_tokens: request.max_tokens,
                sampling,
                stop: request.stop.clone(),
                grammar: request.grammar.clone(),
                logprobs: request.logprobs,
                live: request.grammar.is_none(),
            }),
        }
    }
}

/// The seed of a question, within 31 bits, which every server takes. The first sequence of a request has the request's own.
fn seed(seed: u64, first: usize, attempt: u32) -> u64 {
    const STEP: u64 = 0x9E37_79B9;
    seed.wrapping_add(STEP.wrapping_mul(first as u64 + 4096 * u64::from(attempt))) & 0x7fff_ffff
}

impl LanguageInfo for RemoteLanguage<'_> {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            tokenizes: false,
            // Held by the server, or by the check of the answer.
            regex: true,
            json_schema: true,
            // In one request, or in several.
            sequences: true,
            logprobs: self.described.logprobs,
            first_token: false,
            context_length: self.described.context_length,
        }
    }

    fn count(&self, _prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        Ok(None)
    }
}

impl Language for RemoteLanguage<'_> {
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        let mut serving = Serving {
            waiting: Waiting::new(self.caller),
            in_hand: HashMap::new(),
            questions: HashMap::new(),
            language: self,
        };
        serving.run(source);
        Ok(())
    }
}

/// The requests of a source that are being answered.
struct Serving<'s, 'a> {
    language: &'s mut RemoteLanguage<'a>,
    waiting: Waiting<'a>,
    in_hand: HashMap<usize, InHand>,
    questions: HashMap<u64, Question>,
}

impl Serving<'_, '_> {
    fn run(&mut self, source: &mut dyn RequestSource) {
        loop {
            while self.waiting.count() < self.language.described.at_once
                && let Some((number, request)) = source.next(&*self.language)
            {
                match self.language.capabilities().allow(&request) {
                    Ok(()) => self.begin(number, request),
                    Err(error) => source.finish(number, Err(error)),
                }
            }
            if self.in_hand.is_empty() {
                return;
            }
            if let Some((question, told)) = self.waiting.hear() {
                self.hear(question, told, source);
            }
            let cancelled = self.in_hand.iter().filter(|(_, one)| one.request.cancel.is_cancelled());
            for number in cancelled.map(|(number, _)| *number).collect::<Vec<_>>() {
                self.end(number, Err(EngineError::Cancelled), source);
            }
        }
    }

    fn begin(&mut self, number: usize, request: Generate) {
        let together = if self.language.described.sequences { TOGETHER } else { 1 };
        let all: Vec<usize> = (0..request.sequences).collect();
        for sequences in all.chunks(together) {
            let ask = self.language.question(&request, request.prompt.clone(), sequences, 0);
            self.put(ask, number, sequences.to_vec(), 0);
        }
        self.in_hand.insert(
            number,
            InHand {
                completions: vec![None; request.sequences],
                passed: 0,
                decoded: BTreeMap::new(),
                prompt_tokens: 0,
                request,
            },
        );
    }

    fn put(&mut self, ask: Ask, number: usize, sequences: Vec<usize>, attempt: u32) {
        let question = self.waiting.ask(ask);
        self.questions.insert(
            question,
            Question {
                number,
                sequences,
                attempt,
            },
        );
    }

    fn hear(&mut self, question: u64, told: Told, source: &mut dyn RequestSource) {
        let Some(Question { number, sequences, .. }) = self.questions.get(&question) else {
            return;
        };
        let number = *number;
        let Some(one) = self.in_hand.get_mut(&number) else {
            return;
        };
        match told {
            Told::Decoded { pieces } => {
                one.decoded.insert(question, pieces);
                let tokens = one.decoded.values().sum();
                source.watch(number, Step::Decoded { tokens });
            }
            Told::Text { sequence, text, tokens } => {
                if let Some(&sequence) = sequences.get(sequence) {
                    let (text, tokens) = (text.as_str(), tokens.as_slice());
                    source.watch(number, Step::Text { sequence, text, tokens });
                }
            }
            Told::Written {
                completions,
                tokens,
                spent,
            } => {
                self.language.spent.add(&spent);
                let Some(question) = self.questions.remove(&question) else {
                    return;
                };
                one.prompt_tokens = one.prompt_tokens.max(spent.prompt_tokens as usize);
                let tokens = tokens.into_iter().chain(std::iter::repeat(Vec::new()));
                let outcome = self.take(&question, completions.into_iter().zip(tokens));
                match outcome {
                    Ok(()) => self.pass_on(number, source),
                    Err(error) => self.end(number, Err(error), source),
                }
            }
            Told::Failed { kind, reason, spent } => {
                self.language.spent.add(&spent);
                self.questions.remove(&question);
                self.end(number, Err(failed(kind, reason)), source);
            }
            Told::Described(_) | Told::Classified { .. } => {
                self.end(number, Err(super::waiting::mixed_up()), source);
            }
        }
    }

    /// Checks the answers to a question; asks again for those that have not the form.
    fn take(
        &mut self,
        question: &Question,
        answers: impl Iterator<Item = (Completion, Vec<TokenChoice>)>,
    ) -> Result<(), EngineError> {
        let Question {
            number,
            ref sequences,
            attempt,
        } = *question;
        for (&sequence, (completion, tokens)) in sequences.iter().zip(answers) {
            let Some(one) = self.in_hand.get_mut(&number) else {
                return Ok(());
            };
            let Generate { prompt, grammar, .. } = &one.request;
            let is_continued = matches!(prompt, Prompt::Plain(_));
            let answer = completion.clone();
            let verdict = self.language.checker.check(grammar.as_ref(), prompt, completion)?;
            match verdict {
                Verdict::Follows(completion) => one.completions[sequence] = Some((completion, tokens)),
                Verdict::Leaves(admitted) if attempt < MOST_AGAIN => {
                    self.language.spent.remote.asked_again += 1;
                    let prompt = check::again(prompt, &answer.text, &admitted)?;
                    let request = one.request.clone();
                    let ask = self.language.question(&request, prompt, &[sequence], attempt + 1);
                    self.put(ask, number, vec![sequence], attempt + 1);
                }
                // A path that is no list of prices is counted as rejected by the stage.
                Verdict::Leaves(_) if is_continued => one.completions[sequence] = Some((answer, tokens)),
                Verdict::Leaves(admitted) => return Err(self.formless(&admitted)),
            }
        }
        Ok(())
    }

    fn formless(&self, admitted: &str) -> EngineError {
        let count = admitted.chars().count();
        let end: String = admitted.chars().skip(count.saturating_sub(60)).collect();
        failed(
            RemoteFailure::Formless,
            format!(
                "{} answered {} times without the form that was asked for (the last answer leaves it after {end:?}): choose a larger model, or a server that holds answers to a grammar, as vLLM and llama-server do",
                self.language.model.id,
                MOST_AGAIN + 1,
            ),
        )
    }

    /// Passes on finished sequences in their order, and ends the request after the last.
    fn pass_on(&mut self, number: usize, source: &mut dyn RequestSource) {
        let Some(one) = self.in_hand.get_mut(&number) else {
            return;
        };
        let is_live = one.is_live();
        while let Some(Some((completion, tokens))) = one.completions.get(one.passed) {
            let sequence = one.passed;
            if !is_live {
                let text = completion.text.as_str();
                source.watch(number, Step::Text { sequence, text, tokens });
            }
            source.watch(number, Step::Finished { sequence, completion });
            one.passed += 1;
        }
        if one.passed == one.completions.len() {
            // Last, because who counts tokens counts those of an answer from its prompt on.
            let (tokens, of) = (one.prompt_tokens, one.prompt_tokens);
            source.watch(number, Step::Prefill { tokens, of });
            let completions = std::mem::take(&mut one.completions);
            let completions = completions.into_iter().flatten().map(|(completion, _)| completion);
            self.end(number, Ok(completions.collect()), source);
        }
    }

    /// Ends a request and hangs up on what is still asked for it.
    fn end(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>, source: &mut dyn RequestSource) {
        self.in_hand.remove(&number);
        let waiting = &mut self.waiting;
        self.questions.retain(|question, of| {
            if of.number == number {
                waiting.drop(*question);
            }
            of.number != number
        });
        source.finish(number, result);
    }
}
