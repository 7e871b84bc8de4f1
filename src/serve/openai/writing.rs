//! A language model alone, for chat and for completion alike: requests for text go to the engine, the answer goes out whole or in
//! frames.

use std::collections::VecDeque;

use axum::response::Response;
use futures_util::stream;

use super::chunks::ChunkWriter;
use super::response::{Answer, Usage};
use crate::engine::{Finish, TokenChoice};
use crate::run::{TextEvent, TextRequest};
use crate::serve::http::{ApiError, Client, SseFrame, sse};
use crate::serve::runs::{self, Reader, Shared, Written};

/// What is asked, and how it is shown.
pub(super) struct Asked {
    /// One for each prompt, all for one role.
    pub(super) requests: Vec<TextRequest>,
    /// The field that holds the prompt.
    pub(super) param: &'static str,
    /// For each prompt, what its texts begin with.
    pub(super) echo: Vec<String>,
}

impl Asked {
    /// Continuations of each prompt.
    fn sequences(&self) -> usize {
        self.requests.first().map_or(1, |request| request.sequences)
    }

    /// All continuations.
    pub(super) fn choices(&self) -> usize {
        self.requests.len() * self.sequences()
    }

    fn has_logprobs(&self) -> bool {
        self.requests.iter().any(|request| request.logprobs.is_some())
    }
}

/// Writes everything and hands over the answers with what they took.
pub(super) async fn whole(app: &Shared, client: Client, asked: Asked) -> Result<(Vec<Answer>, Usage), ApiError> {
    let (sequences, choices, has_logprobs) = (asked.sequences(), asked.choices(), asked.has_logprobs());
    let blank = Answer {
        text: String::new(),
        reasoning: None,
        finish: Finish::Stop,
        tokens: has_logprobs.then(Vec::new),
    };
    let mut answers = vec![blank; choices];
    let mut count = Count::default();
    let mut reader = runs::write(app, client, asked.requests, asked.param).await?;
    while let Some(written) = reader.next().await {
        match written {
            Written::Accepted => {}
            Written::Event { request, event } => {
                count.hear(&event);
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
            Written::Done => return Ok((answers, count.usage())),
            Written::Failed(error) => return Err(error),
        }
    }
    Err(ApiError::Internal)
}

/// Answers with frames as the text is written; what is wrong with the request is known before the first.
pub(super) async fn frames(
    app: &Shared,
    client: Client,
    asked: Asked,
    writer: ChunkWriter,
) -> Result<Response, ApiError> {
    let sequences = asked.sequences();
    let mut reader = runs::write(app, client, asked.requests, asked.param).await?;
    runs::accepted(&mut reader).await?;
    let mut flow = Flow {
        reader,
        writer,
        sequences,
        count: Count::default(),
        ready: VecDeque::new(),
        over: false,
    };
    flow.ready.extend(flow.writer.begin());
    for (request, text) in asked.echo.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        for sequence in 0..sequences {
            flow.content(request, sequence, text, &[]);
        }
    }
    let frames = stream::unfold(flow, |mut flow| async move {
        let frame = flow.next().await?;
        Some((SseFrame::data(frame), flow))
    });
    Ok(sse(frames, app.heartbeat))
}

/// A stream on its way.
struct Flow {
    reader: Reader<Written>,
    writer: ChunkWriter,
    sequences: usize,
    count: Count,
    ready: VecDeque<String>,
    over: bool,
}

impl Flow {
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            match self.reader.next().await {
                Some(Written::Accepted) => {}
                Some(Written::Event { request, event }) => self.hear(request, event),
                Some(Written::Done) => {
                    self.over = true;
                    self.ready.extend(self.writer.end(self.count.usage()));
                }
                Some(Written::Failed(error)) => self.fail(&error),
                None => self.fail(&ApiError::Internal),
            }
        }
    }

    fn hear(&mut self, request: usize, event: TextEvent) {
        self.count.hear(&event);
        match event {
            TextEvent::Piece { sequence, text, tokens } => self.content(request, sequence, &text, &tokens),
            TextEvent::Ended { sequence, finish, .. } => {
                self.ready
                    .extend(self.writer.finish(request * self.sequences + sequence, finish));
            }
            TextEvent::Accepted | TextEvent::Opened { .. } => {}
        }
    }

    fn content(&mut self, request: usize, sequence: usize, text: &str, tokens: &[TokenChoice]) {
        self.ready
            .extend(self.writer.content(request * self.sequences + sequence, text, tokens));
    }

    fn fail(&mut self, error: &ApiError) {
        self.over = true;
        self.ready.push_back(ChunkWriter::fail(error));
    }
}

/// Tokens read and written.
#[derive(Default)]
struct Count {
    prompt: usize,
    decoded: usize,
}

impl Count {
    fn hear(&mut self, event: &TextEvent) {
        match event {
            TextEvent::Opened { prompt_tokens } => self.prompt += prompt_tokens,
            TextEvent::Ended { tokens, .. } => self.decoded += tokens,
            TextEvent::Accepted | TextEvent::Piece { .. } => {}
        }
    }

    fn usage(&self) -> Usage {
        Usage::new(self.prompt, self.decoded)
    }
}
