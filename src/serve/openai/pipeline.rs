//! The model `tripod`: a conversation in; an analysis, a question back, or the reporter's word on the report before out.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;

use super::chat::{envelope, instruct, reporter};
use super::chunks::ChunkWriter;
use super::response::{Answer, ChatCompletion, Envelope, Metadata, Usage};
use super::validate::ValidChat;
use super::{progress, project};
use crate::analysis::{self, Analysis, Event, TextPart};
use crate::engine::{Finish, Role};
use crate::market::{Company, Ticker, demo_companies, search_company};
use crate::prompt::Template;
use crate::render;
use crate::serve::api::{json, succeeded};
use crate::serve::chat::{self, Asked, Horizon, Security};
use crate::serve::http::{ApiError, Client, SseFrame, sse};
use crate::serve::runs::{Finished, Question, Reader, RunEvent, Runs, Shared, outcome};

/// What a conversation comes to.
enum Plan {
    /// A new analysis.
    Analyse(Box<Question>),
    /// A question about what was said.
    FollowUp,
    /// It has to be asked back.
    AskBack(String),
}

/// How an analysis is told.
#[derive(Clone)]
enum Shape {
    /// The report, then its figures.
    Report,
    /// The whole analysis as JSON.
    Whole,
    /// The fields that a schema asks for.
    Fields(Arc<Value>),
}

/// Answers a chat with the pipeline.
pub(super) async fn answer(app: &Shared, client: Client, mut valid: ValidChat) -> Result<Response, ApiError> {
    refuse(&valid)?;
    let shape = match (&valid.json_schema, &valid.options.grammar) {
        (Some(named), _) => {
            project::check(&named.schema)?;
            Shape::Fields(Arc::new(named.schema.clone()))
        }
        (None, Some(_)) => Shape::Whole,
        (None, None) => Shape::Report,
    };
    match plan(app, &valid).await {
        Plan::Analyse(mut question) => {
            question.options.seed = valid.options.seed.unwrap_or(question.options.seed);
            let reader = Runs::ask(app, client, *question)?;
            if valid.stream {
                return Ok(streamed(app, reader, &valid, shape));
            }
            let finished = succeeded(outcome(reader).await?)?;
            whole(&valid, &finished, &shape)
        }
        Plan::FollowUp => {
            instruct(&mut valid.messages, Template::ChatSystem, &serde_json::json!({}))?;
            reporter(app, client, valid).await
        }
        Plan::AskBack(text) => match shape {
            Shape::Report => said(app, &valid, text),
            // A client that parses the answer is better served with an error than with prose.
            Shape::Whole | Shape::Fields(_) => Err(ApiError::invalid("messages", text)),
        },
    }
}

/// What the pipeline does not do is refused, not ignored.
fn refuse(valid: &ValidChat) -> Result<(), ApiError> {
    let options = &valid.options;
    let refused = [
        ("n", options.sequences > 1),
        ("stop", !options.stop.is_empty()),
        ("logprobs", options.logprobs.is_some()),
        ("logit_bias", !options.sampling.logit_bias.is_empty()),
        ("presence_penalty", options.sampling.presence_penalty != 0.0),
        ("frequency_penalty", options.sampling.frequency_penalty != 0.0),
    ];
    match refused.iter().find(|(_, is_set)| *is_set) {
        Some((param, _)) => Err(ApiError::invalid(
            *param,
            format!("the model tripod writes one whole report and does not take {param}; tripod-reporter does"),
        )),
        None => Ok(()),
    }
}

async fn plan(app: &Shared, valid: &ValidChat) -> Plan {
    // The demo's companies are known by name everywhere; elsewhere they are not the only ones.
    let known = demo_companies();
    let only: &[Company] = if app.search.is_some() { &[] } else { &known };
    let of_user = || valid.messages.iter().rev().filter(|message| message.role == Role::User);
    let has_answer = valid.messages.iter().any(|message| message.role == Role::Assistant);
    let mut asked = of_user()
        .map(|message| chat::read(&message.content, &known))
        .next()
        .unwrap_or(Asked {
            security: Security::None,
            horizon: None,
        });
    if asked.security == Security::None && has_answer {
        if asked.horizon.is_none() {
            return Plan::FollowUp;
        }
        // "And over ten days?" means the security that was named before.
        let earlier = of_user()
            .skip(1)
            .map(|message| chat::read(&message.content, &known).security);
        let named = earlier.into_iter().find(|security| *security != Security::None);
        asked.security = named.unwrap_or(Security::None);
    }
    let ticker = match &asked.security {
        Security::Ticker(ticker) => Some(ticker.clone()),
        Security::Name(name) => look_up(app, name).await,
        Security::Ambiguous(_) | Security::None => None,
    };
    let horizon = match asked.horizon {
        None => Some(None),
        Some(Horizon::Days(days)) => Some(Some(days)),
        Some(Horizon::OutOfRange(_)) => None,
    };
    let out_of_reach = |ticker: &Ticker| !only.is_empty() && !only.iter().any(|company| company.ticker == *ticker);
    match (ticker, horizon) {
        (Some(ticker), Some(days)) if !out_of_reach(&ticker) => {
            let mut question = Question::about(ticker, &app.defaults);
            question.options.horizon = days.unwrap_or(question.options.horizon);
            Plan::Analyse(Box::new(question))
        }
        _ => Plan::AskBack(chat::clarify(&asked, only)),
    }
}

/// The symbol of a company that a message names. A search that fails finds nothing: the client is asked for the symbol.
async fn look_up(app: &Shared, name: &str) -> Option<Ticker> {
    let options = app.search.as_ref()?;
    let found = match search_company(&app.sources.client, options, name).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "the company search failed");
            return None;
        }
    };
    // The search finds some share for almost any word: only one that bears the name is taken.
    let named = found.into_iter().find(|one| one.answers_to(name));
    named.map(|one| one.ticker)
}

/// An answer of our own words.
fn said(app: &Shared, valid: &ValidChat, text: String) -> Result<Response, ApiError> {
    let envelope = envelope("chatcmpl", &valid.model);
    if !valid.stream {
        let answer = Answer {
            text,
            reasoning: None,
            finish: Finish::Stop,
            tokens: None,
        };
        return Ok(Json(ChatCompletion::new(envelope, vec![answer], Usage::new(0, 0), None)).into_response());
    }
    let mut writer = ChunkWriter::chat(envelope, 1, valid.include_usage);
    let mut frames = writer.content(0, &text, &[]);
    frames.extend(writer.finish(0, Finish::Stop));
    frames.extend(writer.end(Usage::new(0, 0)));
    Ok(sse(stream::iter(frames.into_iter().map(SseFrame::data)), app.heartbeat))
}

fn whole(valid: &ValidChat, finished: &Finished, shape: &Shape) -> Result<Response, ApiError> {
    let text = match shape {
        Shape::Report => content(&finished.analysis),
        Shape::Whole => json(&finished.analysis).to_string(),
        Shape::Fields(schema) => project::project(schema, &json(&finished.analysis))?.to_string(),
    };
    let envelope: Envelope = envelope("chatcmpl", &valid.model);
    let answer = Answer {
        text,
        reasoning: None,
        finish: Finish::Stop,
        tokens: None,
    };
    let completion = ChatCompletion::new(envelope, vec![answer], usage(finished), Some(metadata(finished)));
    Ok(Json(completion).into_response())
}

fn usage(finished: &Finished) -> Usage {
    let small = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    Usage::new(small(finished.tokens.prompt), small(finished.tokens.decoded))
}

fn metadata(finished: &Finished) -> Metadata {
    Metadata {
        analysis_id: finished.analysis.id.clone(),
    }
}

/// The report with what code knows of it.
fn content(analysis: &Analysis) -> String {
    let report = analysis.report.as_ref().map_or("", |report| report.markdown.as_str());
    format!("{}{}", report.trim_end(), tail(analysis))
}

/// What follows the report: the forecast in figures, what failed, what to know.
fn tail(analysis: &Analysis) -> String {
    let figures = render::in_one_line(analysis);
    let failed = analysis
        .errors
        .iter()
        .map(|failure| format!("The {} stage failed: {}", failure.stage, failure.message));
    let warnings = analysis.warnings.iter().cloned();
    let notes: Vec<String> = failed.chain(warnings).map(|note| format!("- {note}\n")).collect();
    let mut text = String::from("\n\n---\n\n");
    for part in [figures, notes.concat(), format!("*{}*\n", analysis::DISCLAIMER)] {
        if !part.is_empty() {
            text.push_str(&part);
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

fn streamed(app: &Shared, reader: Reader<RunEvent>, valid: &ValidChat, shape: Shape) -> Response {
    let writer = ChunkWriter::chat(envelope("chatcmpl", &valid.model), 1, valid.include_usage);
    let mut flow = Flow {
        reader,
        writer,
        shape,
        shown: String::new(),
        ready: VecDeque::new(),
        over: false,
    };
    flow.ready.extend(flow.writer.begin());
    let frames = stream::unfold(flow, |mut flow| async move {
        let frame = flow.next().await?;
        Some((SseFrame::data(frame), flow))
    });
    sse(frames, app.heartbeat)
}

/// A run on its way to a chat client.
struct Flow {
    reader: Reader<RunEvent>,
    writer: ChunkWriter,
    shape: Shape,
    /// The report so far, as it was shown.
    shown: String,
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
                Some(said) => self.hear(said),
                None => self.fail(&ApiError::Internal),
            }
        }
    }

    fn hear(&mut self, said: RunEvent) {
        match said {
            RunEvent::Queued(position) => self.tell(&format!("Waiting; position {position}.\n")),
            RunEvent::Again if self.shown.is_empty() => self.tell("The engine was restarted; beginning again.\n"),
            // What was shown cannot be taken back.
            RunEvent::Again => self.fail(&ApiError::Unavailable {
                message: "the engine died in the middle of the report; ask again".into(),
                retry_after: Some(1),
            }),
            // A conversation asks for no backtest.
            RunEvent::Scored(_) => {}
            RunEvent::Event(event) => {
                if let Event::Text {
                    part: TextPart::Report,
                    text,
                    ..
                } = &*event
                    && matches!(self.shape, Shape::Report)
                {
                    self.show(&text.clone());
                } else if let Some(line) = progress::line(&event) {
                    self.tell(&line);
                }
            }
            RunEvent::Done(finished) => {
                if let Err(error) = succeeded(finished).and_then(|finished| self.end(&finished)) {
                    self.fail(&error);
                }
            }
            RunEvent::Failed(error) => self.fail(&error),
        }
    }

    fn end(&mut self, finished: &Finished) -> Result<(), ApiError> {
        let analysis = &finished.analysis;
        match &self.shape {
            Shape::Report => {
                let report = analysis.report.as_ref().map_or("", |report| report.markdown.as_str());
                let rest = match report.trim_end().strip_prefix(self.shown.trim_end()) {
                    Some(rest) => rest.to_owned(),
                    // The check of its figures took something out after it was shown.
                    None => "\n\n*The check of the figures removed a sentence above; the stored analysis has the \
                             corrected report.*"
                        .to_owned(),
                };
                self.show(&format!("{rest}{}", tail(analysis)));
            }
            Shape::Whole => self.show(&json(analysis).to_string()),
            Shape::Fields(schema) => {
                let fields = project::project(schema, &json(analysis))?;
                self.show(&fields.to_string());
            }
        }
        self.writer.set_metadata(metadata(finished));
        self.ready.extend(self.writer.finish(0, Finish::Stop));
        self.ready.extend(self.writer.end(usage(finished)));
        self.over = true;
        Ok(())
    }

    fn tell(&mut self, line: &str) {
        self.ready.extend(self.writer.reasoning(0, line));
    }

    fn show(&mut self, text: &str) {
        self.shown.push_str(text);
        self.ready.extend(self.writer.content(0, text, &[]));
    }

    fn fail(&mut self, error: &ApiError) {
        self.over = true;
        self.ready.push_back(ChunkWriter::fail(error));
    }
}
