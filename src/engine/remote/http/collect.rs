//! Puts the chunks of an answer together. Chunks come in, one by one; what is new in each, and at the end the completions, go out. No
//! chunk is trusted: sequences, calls and lengths are bounded.

use serde_json::Value;

use super::wire::{Choice, Chunk, SaidCall, tokens};
use crate::engine::answer::{Completion, Finish, TokenChoice};
use crate::engine::calls::{CLOSE_TAG, CallFormat, OPEN_TAG};
use crate::engine::remote::ask::{Told, Writing};

/// The most calls of tools in one answer.
const MOST_CALLS: usize = 64;

/// An answer that is being put together.
#[derive(Debug)]
pub(super) struct Collector<'r> {
    request: &'r Writing,
    sequences: Vec<Sequence>,
    prompt_tokens: u64,
    decoded_tokens: u64,
    /// Pieces of text so far.
    pub(super) pieces: usize,
}

#[derive(Debug, Default, Clone)]
struct Sequence {
    text: String,
    tokens: Vec<TokenChoice>,
    pieces: usize,
    finish: Option<Finish>,
    calls: Vec<(String, String)>,
}

/// New text of a sequence.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) sequence: usize,
    pub(super) text: String,
    pub(super) tokens: Vec<TokenChoice>,
}

impl Piece {
    /// As it is told while the answer is written.
    pub(super) fn told(self) -> Told {
        Told::Text {
            sequence: self.sequence,
            text: self.text,
            tokens: self.tokens,
        }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) completions: Vec<Completion>,
    pub(super) tokens: Vec<Vec<TokenChoice>>,
    pub(super) prompt_tokens: u64,
    pub(super) decoded_tokens: u64,
}

impl<'r> Collector<'r> {
    pub(super) fn new(request: &'r Writing) -> Self {
        Collector {
            sequences: vec![Sequence::default(); request.sequences],
            request,
            prompt_tokens: 0,
            decoded_tokens: 0,
            pieces: 0,
        }
    }

    /// Adds a chunk, and returns what is new.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn add(&mut self, chunk: Chunk) -> Result<Vec<Piece>, String> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(format!("an error in the middle of the answer: {}", said(&error)));
        }
        if let Some(usage) = chunk.usage {
            self.prompt_tokens = usage.prompt_tokens;
            self.decoded_tokens = usage.completion_tokens;
        }
        let mut pieces = Vec::new();
        for choice in chunk.choices {
            let index = choice.index;
            let count = self.sequences.len();
            let sequence = self
                .sequences
                .get_mut(index)
                .ok_or_else(|| format!("a sequence {index} where {count} were asked for"))?;
            let piece = sequence.add(choice, self.request)?;
            if !piece.text.is_empty() || !piece.tokens.is_empty() {
                sequence.pieces += 1;
                self.pieces += 1;
                pieces.push(Piece {
                    sequence: index,
                    ..piece
                });
            }
        }
        Ok(pieces)
    }

    /// Whether every sequence has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.sequences.iter().all(|sequence| sequence.finish.is_some())
    }

    /// The whole answer.
    ///
    /// # Errors
    ///
    /// That it broke off.
    pub(super) fn finish(self) -> Result<Collected, String> {
        let alone = self.sequences.len() == 1;
        let mut completions = Vec::new();
        let mut all_tokens = Vec::new();
        for sequence in self.sequences {
            let finish = sequence.finish.ok_or("the answer broke off")?;
            let counted = if alone { self.decoded_tokens as usize } else { 0 };
            let tokens = if counted > 0 { counted } else { sequence.pieces };
            let text = sequence.with_calls();
            all_tokens.push(sequence.tokens);
            completions.push(Completion { text, tokens, finish });
        }
        let counted: usize = completions.iter().map(|completion| completion.tokens).sum();
        Ok(Collected {
            completions,
            tokens: all_tokens,
            prompt_tokens: self.prompt_tokens,
            decoded_tokens: self.decoded_tokens.max(counted as u64),
        })
    }
}

impl Sequence {
    fn add(&mut self, choice: Choice, request: &Writing) -> Result<Piece, String> {
        let said = choice.delta.or(choice.message).unwrap_or_default();
        let text = choice.text.or(said.content).unwrap_or_default();
        let tokens = match (&choice.logprobs, request.logprobs) {
            (Some(logprobs), Some(_)) => tokens(logprobs),
            _ => Vec::new(),
        };
        for call in said.tool_calls.into_iter().flatten() {
            self.add_call(call)?;
        }
        self.text.push_str(&text);
        if !request.live {
            self.tokens.extend(tokens.iter().cloned());
        }
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(match reason.as_str() {
                "length" => Finish::Length,
                _ => {
                    let by = choice.stop_reason.as_ref().and_then(Value::as_str);
                    let index = request.stop.iter().position(|stop| Some(stop.as_str()) == by);
                    index.map_or(Finish::Stop, Finish::StopText)
                }
            });
        }
        Ok(Piece {
            sequence: 0,
            text,
            tokens,
        })
    }

    fn add_call(&mut self, call: SaidCall) -> Result<(), String> {
        let index = call.index.unwrap_or(self.calls.len());
        if index >= MOST_CALLS {
            return Err(format!("more than {MOST_CALLS} calls of tools"));
        }
        if self.calls.len() <= index {
            self.calls.resize_with(index + 1, Default::default);
        }
        let (name, arguments) = &mut self.calls[index];
        let function = call.function.unwrap_or_default();
        name.push_str(&function.name.unwrap_or_default());
        arguments.push_str(&function.arguments.unwrap_or_default());
        Ok(())
    }

    /// The text with the calls after it, as a model of this machine writes them.
    fn with_calls(&self) -> String {
        let mut text = self.text.clone();
        for (name, arguments) in &self.calls {
            // Without white space, as the grammar of calls has it.
            let parsed: Option<Value> = serde_json::from_str(arguments).ok();
            let arguments = parsed.map_or_else(|| arguments.clone(), |value| value.to_string());
            if !text.is_empty() {
                text.push('\n');
            }
            let head = CallFormat::Tagged.head(name);
            text.push_str(&format!("{OPEN_TAG}\n{head}{arguments}}}\n{CLOSE_TAG}"));
        }
        text
    }
}

/// What an error says, bounded and in one line.
pub(super) fn said(error: &Value) -> String {
    let inner = error.get("error").unwrap_or(error);
    let message = inner.get("message").or_else(|| inner.get("detail")).unwrap_or(inner);
    let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    let text: String = text.chars().take(300).collect();
    crate::text::clean(&text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::request::{Prompt, Sampling};

    fn request(sequences: usize) -> Writing {
        Writing {
            prompt: Prompt::Plain(String::new()),
            sequences,
            max_tokens: 9,
            sampling: Sampling::default(),
            stop: vec!["END".into()],
            grammar: None,
            logprobs: Some(1),
            live: false,
        }
    }

    fn chunk(text: &str) -> Chunk {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_chunks_of_two_sequences_become_two_completions() {
        let request = request(2);
        let mut collector = Collector::new(&request);
        for text in [
            r#"{"choices": [{"index": 1, "delta": {"role": "assistant", "content": null}}]}"#,
            r#"{"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"a": -0.5}]}}]}"#,
            r#"{"choices": [{"index": 0, "finish_reason": "stop", "stop_reason": "END"}, {"index": 1, "finish_reason": "length"}]}"#,
            r#"{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}"#,
        ] {
            collector.add(chunk(text)).unwrap();
        }
        assert!(collector.is_complete());
        let whole = collector.finish().unwrap();
        let ends: Vec<_> = whole
            .completions
            .iter()
            .map(|one| (one.text.as_str(), one.finish))
            .collect();
        assert_eq!(ends, [("a", Finish::StopText(0)), ("b", Finish::Length)]);
        assert_eq!((whole.prompt_tokens, whole.decoded_tokens), (7, 2));
        assert_eq!(whole.tokens[0][0].top[0].bytes, b"a");
    }

    #[test]
    fn calls_of_tools_become_the_text_that_a_model_of_this_machine_writes() {
        let request = request(1);
        let mut collector = Collector::new(&request);
        for text in [
            r#"{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "x", "function": {"name": "price", "arguments": ""}}]}}]}"#,
            r#"{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{ \"of\": \"AAPL\" }"}}]}, "finish_reason": "tool_calls"}]}"#,
        ] {
            collector.add(chunk(text)).unwrap();
        }
        let text = &collector.finish().unwrap().completions[0].text;
        insta::assert_snapshot!(text, @r#"
        <tool_call>
        {"name": "price", "arguments": {"of":"AAPL"}}
        </tool_call>
        "#);
    }

    #[test]
    fn an_answer_that_breaks_off_or_is_of_another_request_or_an_error_is_none() {
        let request = request(1);
        let mut collector = Collector::new(&request);
        collector.add(chunk(r#"{"choices": [{"text": "a"}]}"#)).unwrap();
        assert!(
            collector
                .add(chunk(r#"{"choices": [{"index": 1, "text": "a"}]}"#))
                .is_err()
        );
        let error = r#"{"error": {"message": "out of\u001b[31m memory"}}"#;
        let message = collector.add(chunk(error)).unwrap_err();
        assert!(message.contains("memory") && !message.contains('\u{1b}'), "{message}");
        let many = r#"{"choices": [{"delta": {"tool_calls": [{"index": 99999999}]}}]}"#;
        assert!(collector.add(chunk(many)).is_err());
        assert!(collector.finish().is_err());
    }
}
