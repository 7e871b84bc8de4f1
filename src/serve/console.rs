//! A conversation with the model `tripod` in its user's own process: a question comes in, progress and the answer go out as they are
//! made. The engine, the queue and the store are those of the server; nothing listens.

use std::net::{IpAddr, Ipv4Addr};

use futures_util::StreamExt;

use super::http::{ApiError, Client};
use super::openai::{ChatAnswer, ChatMessage, ChatRequest, Content, Renames, answer};
use super::server::{Running, ServeError, ServeOptions, end, start};

/// Turns that a conversation keeps; the model `tripod` looks for what a question refers to in all of them.
const TURNS: usize = 100;

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A line about the work under way.
    Progress(String),
    /// More of the answer, in Markdown.
    Text(String),
}

/// A conversation.
pub struct Console {
    running: Running,
    turns: Vec<Turn>,
}

struct Turn {
    question: String,
    answer: String,
    /// Whether it holds a report.
    is_report: bool,
}

impl Console {
    /// Opens the store and starts the engine.
    ///
    /// # Errors
    ///
    /// [`ServeError`] for a store that cannot be opened.
    pub async fn open(options: ServeOptions) -> Result<Self, ServeError> {
        Ok(Console {
            running: start(options).await?,
            turns: Vec::new(),
        })
    }

    /// Answers a question; `heard` gets the pieces. Dropping the future stops the work, and the conversation forgets the question.
    ///
    /// # Errors
    ///
    /// What the question cannot be answered for. The conversation forgets it.
    pub async fn ask(&mut self, question: &str, heard: &mut (dyn FnMut(Said) + Send)) -> Result<(), ApiError> {
        let turn = match self.turn(question, self.turns.iter(), heard).await {
            // The last report alone leaves room for the answer.
            Err(ApiError::ContextLengthExceeded { .. }) if self.turns.len() > 1 => {
                let report = self.turns.iter().rfind(|turn| turn.is_report);
                self.turn(question, report.into_iter(), heard).await?
            }
            other => other?,
        };
        if self.turns.len() == TURNS {
            self.turns.remove(0);
        }
        self.turns.push(turn);
        Ok(())
    }

    /// Ends the engine and closes the store.
    pub async fn close(self) {
        self.running.stop.send_replace(true);
        end(&self.running.app, &self.running.host, self.running.engine).await;
    }

    async fn turn(
        &self,
        question: &str,
        earlier: impl Iterator<Item = &Turn>,
        heard: &mut (dyn FnMut(Said) + Send),
    ) -> Result<Turn, ApiError> {
        let said = earlier.flat_map(|turn| [message("user", &turn.question), message("assistant", &turn.answer)]);
        let request = ChatRequest {
            model: Some("tripod".to_owned()),
            messages: Some(said.chain([message("user", question)]).collect()),
            stream: Some(true),
            ..ChatRequest::default()
        };
        let client = Client::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let answered = answer(&self.running.app, client, &request, &Renames::default(), |_| {}).await?;
        let ChatAnswer::Stream(mut chunks) = answered else {
            return Err(ApiError::Internal);
        };
        let mut turn = Turn {
            question: question.to_owned(),
            answer: String::new(),
            is_report: false,
        };
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            turn.is_report |= chunk.metadata.is_some();
            for choice in chunk.choices {
                if let Some(line) = choice.delta.reasoning_content {
                    heard(Said::Progress(line));
                }
                if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                    turn.answer.push_str(&text);
                    heard(Said::Text(text));
                }
            }
        }
        Ok(turn)
    }
}

fn message(role: &str, text: &str) -> ChatMessage {
    ChatMessage {
        role: Some(role.to_owned()),
        content: Some(Content::Text(text.to_owned())),
        ..ChatMessage::default()
    }
}
