//! Text of a language model alone, for chat and for completion: requests go to the engine, the answers come back whole or as the
//! chunks of a stream.

use std::collections::VecDeque;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use uuid::Uuid;

use super::chat_answer::ChatStream;
use super::chunks::{ChatChunk, ChunkWriter};
use super::response::{Answer, Times, Usage};
use crate::engine::{Finish, TokenChoice};
use crate::run::{TextEvent, TextRequest};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::{self, Reader, Shared, TextRunEvent};

/// Texts to generate for one answer.
pub(super) struct TextJob {
    /// One for each prompt, all for one role.
    pub(super) requests: Vec<TextRequest>,
    /// The field that holds the prompt.
    pub(super) param: &'static str,
    /// For each prompt, the text that its answers begin with.
    pub(super) echo: Vec<String>,
}

impl TextJob {
    /// Answers to each prompt.
    fn sequences(&self) -> usize {
        self.requests.first().map_or(1, |request| request.sequences)
    }

    /// Answers in all.
    pub(super) fn choices(&self) -> usize {
        self.requests.len() * self.sequences()
    }

    fn has_logprobs(&self) -> bool {
        self.requests.iter().any(|request| request.logprobs.is_some())
    }
}

/// Generates everything; the answers and their tokens.
///
/// # Errors
///
/// What the first failed text failed with.
pub(super) async fn whole(app: &Shared, client: Client, job: TextJob) -> Result<(Vec<Answer>, Usage), ApiError> {
    let (sequences, choices, has_logprobs) = (job.sequences(), job.choices(), job.has_logprobs());
    let blank = Answer {
        text: String::new(),
        reasoning: None,
        finish: Finish::Stop,
        tokens: has_logprobs.then(Vec::new),
        calls: Vec::new(),
    };
    let mut answers = vec![blank; choices];
    let mut count = Count::default();
    let mut reader = runs::write(app, client, job.requests, job.param).await?;
    while let Some(event) = reader.next().await {
        match event {
            TextRunEvent::Accepted => {}
            TextRunEvent::Event { request, event } => {
                count.add(&event);
                match event {
                    TextEvent::Piece { sequence, text, tokens } => {
                        if let Some(answer) = answers.get_mut(request * sequences + sequence) {
                            answer.text.push_str(&text);
                            answer
                                .tokens
                                .iter_mut()
                                .for_each(|all| all.extend(tokens.iter().cloned()));
                        }
                    }
                    TextEvent::Ended { sequence, finish, .. } => {
                        if let Some(answer) = answers.get_mut(request * sequences + sequence) {
                            answer.finish = finish;
                        }
                    }
                    TextEvent::Accepted | TextEvent::Opened { .. } => {}
                }
            }
            TextRunEvent::Done => return Ok((answers, count.usage())),
            TextRunEvent::Failed(error) => return Err(error),
        }
    }
    Err(ApiError::Internal)
}

/// Answers with chunks while the text is generated. An error in the request is found before the first chunk.
///
/// # Errors
///
/// What the request is refused with.
pub(super) async fn chunks(
    app: &Shared,
    client: Client,
    job: TextJob,
    writer: ChunkWriter,
) -> Result<ChatStream, ApiError> {
    let sequences = job.sequences();
    let mut reader = runs::write(app, client, job.requests, job.param).await?;
    runs::accepted(&mut reader).await?;
    let mut chunks = TextStream {
        reader,
        writer,
        sequences,
        count: Count::default(),
        ready: VecDeque::new(),
        over: false,
    };
    let first = chunks.writer.begin();
    chunks.extend(first);
    for (request, text) in job.echo.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        for sequence in 0..sequences {
            chunks.content(request, sequence, text, &[]);
        }
    }
    let chunks = stream::unfold(chunks, |mut chunks| async move {
        let chunk = chunks.next().await?;
        Some((chunk, chunks))
    });
    Ok(chunks.boxed())
}

/// A seed for a request without one: the random part of a new UUID.
pub(super) fn random_seed() -> u64 {
    Uuid::now_v7().as_u128() as u64
}

/// Generated text as the chunks of a stream.
struct TextStream {
    reader: Reader<TextRunEvent>,
    writer: ChunkWriter,
    sequences: usize,
    count: Count,
    ready: VecDeque<Result<ChatChunk, ApiError>>,
    over: bool,
}

impl TextStream {
    async fn next(&mut self) -> Option<Result<ChatChunk, ApiError>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(chunk);
            }
            if self.over {
                return None;
            }
            match self.reader.next().await {
                Some(TextRunEvent::Accepted) => {}
                Some(TextRunEvent::Event { request, event }) => self.handle(request, event),
                Some(TextRunEvent::Done) => {
                    self.over = true;
                    self.ready.push_back(Ok(self.writer.end(self.count.usage())));
                }
                Some(TextRunEvent::Failed(error)) => self.fail(error),
                None => self.fail(ApiError::Internal),
            }
        }
    }

    fn handle(&mut self, request: usize, event: TextEvent) {
        self.count.add(&event);
        match event {
            TextEvent::Piece { sequence, text, tokens } => self.content(request, sequence, &text, &tokens),
            TextEvent::Ended { sequence, finish, .. } => {
                let last = self.writer.finish(request * self.sequences + sequence, finish);
                self.extend(last);
            }
            TextEvent::Accepted | TextEvent::Opened { .. } => {}
        }
    }

    fn content(&mut self, request: usize, sequence: usize, text: &str, tokens: &[TokenChoice]) {
        let more = self.writer.content(request * self.sequences + sequence, text, tokens);
        self.extend(more);
    }

    fn fail(&mut self, error: ApiError) {
        self.over = true;
        self.ready.push_back(Err(error));
    }

    fn extend(&mut self, chunks: Vec<ChatChunk>) {
        self.ready.extend(chunks.into_iter().map(Ok));
    }
}

/// Counts the tokens of prompts and answers, and takes the times.
struct Count {
    prompt: usize,
    decoded: usize,
    begun: Instant,
    opened: Option<Instant>,
    first_text: Option<Instant>,
}

impl Default for Count {
    fn default() -> Self {
        Count {
            prompt: 0,
            decoded: 0,
            begun: Instant::now(),
            opened: None,
            first_text: None,
        }
    }
}

impl Count {
    fn add(&mut self, event: &TextEvent) {
        match event {
            TextEvent::Opened { prompt_tokens } => {
                self.opened.get_or_insert_with(Instant::now);
                self.prompt += prompt_tokens;
            }
            TextEvent::Ended { tokens, .. } => self.decoded += tokens,
            TextEvent::Piece { .. } => {
                self.first_text.get_or_insert_with(Instant::now);
            }
            TextEvent::Accepted => {}
        }
    }

    fn usage(&self) -> Usage {
        let now = Instant::now();
        let opened = self.opened.unwrap_or(now);
        let first_text = self.first_text.unwrap_or(now);
        Usage {
            times: Some(Times {
                waited: opened.duration_since(self.begun),
                read: first_text.duration_since(opened),
                wrote: now.duration_since(first_text),
            }),
            ..Usage::new(self.prompt, self.decoded)
        }
    }
}
