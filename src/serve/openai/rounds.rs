//! The model `tripod` with tools: a checked chat request that brings tools comes in. The reporter calls the client's tools and the
//! built-in ones; the built-in ones run here and their results go back to it, until it answers in words or calls a tool of the client.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::chat_answer::{ChatAnswer, ChatStream};
use super::chunks::{ChatChunk, ChunkWriter};
use super::reporter::instruct;
use super::response::{Envelope, Metadata, Usage};
use super::tools::wire::ToolCallDelta;
use super::tools::{AnswerReader, Part};
use super::validate::ValidChat;
use super::writing::random_seed;
use super::{folded, progress};
use crate::engine::{Call, Finish, Message, Role};
use crate::models;
use crate::prompt::Template;
use crate::run::TextEvent;
use crate::serve::builtin::{self, Caller};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::{self, Reader, RunEvent, Shared, TextRunEvent};

/// The most times that built-in tools run before the answer must be in words.
const MOST_ROUNDS: usize = 6;

/// Answers a chat that brings tools.
///
/// # Errors
///
/// A prompt that does not fit, a full queue, or an engine that failed before the first word.
pub(super) async fn answer(app: &Shared, client: Client, mut valid: ValidChat) -> Result<ChatAnswer, ApiError> {
    instruct(&mut valid.messages, Template::AnalystTools, &serde_json::json!({}))?;
    let envelope = Envelope::new("chatcmpl", &valid.model);
    let streams = valid.stream;
    let (send, mut receive) = unbounded_channel();
    let mut rounds = Rounds {
        app: Shared::clone(app),
        client,
        valid,
        writer: ChunkWriter::new(envelope, 1),
        send: send.clone(),
        results: HashMap::new(),
        prompt_tokens: 0,
        completion_tokens: 0,
    };
    let mut first = rounds.write().await?;
    // A request that the engine refuses gets a status of its own and not a failure within a stream.
    runs::accepted(&mut first).await?;
    tokio::spawn(async move {
        tokio::select! {
            () = send.closed() => {}
            ended = rounds.run(first) => if let Err(error) = ended {
                // A client that has left hears nothing.
                let _ = send.send(Err(error));
            },
        }
    });
    let chunks: ChatStream = stream::poll_fn(move |context| receive.poll_recv(context)).boxed();
    if streams {
        return Ok(ChatAnswer::Stream(chunks));
    }
    Ok(ChatAnswer::Whole(Box::new(folded::whole(chunks).await?)))
}

/// What a round of the reporter gave beside what was sent to the client.
#[derive(Default)]
struct Said {
    text: String,
    /// Calls of built-in tools.
    own: Vec<Call>,
    /// How many tools of the client were called.
    of_client: usize,
    finish: Option<Finish>,
}

struct Rounds {
    app: Shared,
    client: Client,
    valid: ValidChat,
    writer: ChunkWriter,
    send: UnboundedSender<Result<ChatChunk, ApiError>>,
    /// The results so far: small models make the same call again and again.
    results: HashMap<(String, String), String>,
    prompt_tokens: usize,
    completion_tokens: usize,
}

impl Rounds {
    async fn run(&mut self, first: Reader<TextRunEvent>) -> Result<(), ApiError> {
        let begun = self.writer.begin();
        self.tell(begun);
        let mut reader = first;
        for round in 1..=MOST_ROUNDS + 1 {
            let said = self.read(reader).await?;
            let finish = said.finish.unwrap_or(Finish::Stop);
            if said.own.is_empty() || said.of_client > 0 || finish == Finish::Length {
                let last = self.writer.finish(0, finish);
                self.tell(last);
                break;
            }
            self.call(said).await?;
            self.valid.tools.leave_free();
            if round == MOST_ROUNDS {
                self.valid.tools.put_away();
            }
            reader = self.write().await?;
        }
        let end = self.writer.end(Usage::new(self.prompt_tokens, self.completion_tokens));
        self.tell(vec![end]);
        Ok(())
    }

    /// Has the reporter go on with the conversation.
    async fn write(&self) -> Result<Reader<TextRunEvent>, ApiError> {
        let request = self.valid.text_request(models::Role::Reporter, random_seed());
        runs::write(&self.app, self.client, vec![request], "messages").await
    }

    /// Reads a round; text and calls of the client's tools go out as they come.
    async fn read(&mut self, mut reader: Reader<TextRunEvent>) -> Result<Said, ApiError> {
        let mut answer = AnswerReader::new(self.valid.text_is_json());
        let mut said = Said::default();
        let mut in_own = false;
        while let Some(event) = reader.next().await {
            let parts = match event {
                TextRunEvent::Accepted => continue,
                TextRunEvent::Done => return Ok(said),
                TextRunEvent::Failed(error) => return Err(error),
                TextRunEvent::Event { event, .. } => match event {
                    TextEvent::Accepted => continue,
                    TextEvent::Opened { prompt_tokens } => {
                        self.prompt_tokens += prompt_tokens;
                        continue;
                    }
                    TextEvent::Piece { text, .. } => answer.read(&text),
                    TextEvent::Ended { finish, tokens, .. } => {
                        self.completion_tokens += tokens;
                        said.finish = Some(finish);
                        answer.end(finish)
                    }
                },
            };
            for part in parts {
                self.handle(part, &mut said, &mut in_own);
            }
        }
        Err(ApiError::Internal)
    }

    fn handle(&mut self, part: Part, said: &mut Said, in_own: &mut bool) {
        let shown = match part {
            Part::Text(text) => {
                said.text.push_str(&text);
                Part::Text(text)
            }
            Part::Call(delta) => {
                if let (Some(id), Some(name)) = (&delta.id, &delta.function.name) {
                    *in_own = self.valid.tools.run_here(name);
                    if *in_own {
                        said.own.push(Call {
                            id: id.clone(),
                            name: name.clone(),
                            arguments: String::new(),
                        });
                    } else {
                        said.of_client += 1;
                    }
                }
                if *in_own {
                    if let (Some(call), Some(more)) = (said.own.last_mut(), &delta.function.arguments) {
                        call.arguments.push_str(more);
                    }
                    return;
                }
                Part::Call(ToolCallDelta {
                    index: said.of_client.saturating_sub(1),
                    ..delta
                })
            }
        };
        let chunks = self.writer.parts(0, vec![shown]);
        self.tell(chunks);
    }

    /// Runs the built-in tools that a round called, and puts calls and results into the conversation.
    async fn call(&mut self, said: Said) -> Result<(), ApiError> {
        let Rounds {
            app,
            client,
            valid,
            writer,
            send,
            results,
            prompt_tokens,
            completion_tokens,
        } = self;
        let caller = Caller {
            client: *client,
            store: valid.store,
        };
        let small = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        valid.messages.push(Message {
            calls: said.own.clone(),
            ..Message::new(Role::Assistant, &said.text)
        });
        for call in said.own {
            let mut reason = |line: &str| {
                for chunk in writer.reasoning(0, line) {
                    let _ = send.send(Ok(chunk));
                }
            };
            let key = (call.name.clone(), call.arguments.clone());
            if let Some(result) = results.get(&key) {
                valid.messages.push(answered(call.id, result));
                continue;
            }
            reason(&format!("Runs {} {}.\n", call.name, call.arguments));
            let mut told = |event: &RunEvent| match event {
                RunEvent::Queued(position) => reason(&format!("Waiting; position {position}.\n")),
                RunEvent::Event(event) => progress::line(event).iter().for_each(|line| reason(line)),
                _ => {}
            };
            let tool = builtin::find(&call.name).ok_or(ApiError::Internal)?;
            let called = tool.call(app, caller, &call.arguments, &mut told).await?;
            if let Some(analysis_id) = called.analysis_id {
                writer.set_metadata(Metadata { analysis_id });
            }
            *prompt_tokens += small(called.tokens.prompt);
            *completion_tokens += small(called.tokens.decoded);
            let result = called.result.to_string();
            valid.messages.push(answered(call.id, &result));
            results.insert(key, result);
        }
        Ok(())
    }

    fn tell(&self, chunks: Vec<ChatChunk>) {
        for chunk in chunks {
            // The task ends when the client has left.
            let _ = self.send.send(Ok(chunk));
        }
    }
}

/// The message with a call's result.
fn answered(id: String, result: &str) -> Message {
    Message {
        answers: Some(id),
        ..Message::new(Role::Tool, result)
    }
}
