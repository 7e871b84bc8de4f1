//! A running analysis as the chunks of a chat stream: run events come in, progress goes out as `reasoning_content`, the report as
//! `content`, sentence by sentence, as each is written and checked.

use std::collections::VecDeque;

use axum::response::Response;
use futures_util::stream;

use super::chunks::ChunkWriter;
use super::pipeline_answer::{AnswerForm, head, metadata, report, tail, usage};
use super::progress;
use super::response::Envelope;
use super::validate::ValidChat;
use crate::analysis::{Event, TextPart};
use crate::engine::Finish;
use crate::serve::http::{ApiError, SseFrame, sse};
use crate::serve::runs::{App, Finished, Reader, RunEvent, succeeded};

/// Answers with chunks while the analysis runs.
pub(super) fn streamed(app: &App, reader: Reader<RunEvent>, valid: &ValidChat, form: AnswerForm) -> Response {
    let writer = ChunkWriter::chat(Envelope::new("chatcmpl", &valid.model), 1, valid.include_usage);
    let mut chunks = PipelineStream {
        reader,
        writer,
        form,
        begun: false,
        sent: String::new(),
        ready: VecDeque::new(),
        over: false,
    };
    chunks.ready.extend(chunks.writer.begin());
    let frames = stream::unfold(chunks, |mut chunks| async move {
        let frame = chunks.next().await?;
        Some((SseFrame::data(frame), chunks))
    });
    sse(frames, app.heartbeat)
}

/// A run as the chunks of a chat answer.
struct PipelineStream {
    reader: Reader<RunEvent>,
    writer: ChunkWriter,
    form: AnswerForm,
    /// Whether what must be known before the report was said.
    begun: bool,
    /// The report's text sent so far.
    sent: String,
    ready: VecDeque<String>,
    over: bool,
}

impl PipelineStream {
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            match self.reader.next().await {
                Some(event) => self.handle(event),
                None => self.fail(&ApiError::Internal),
            }
        }
    }

    fn handle(&mut self, event: RunEvent) {
        match event {
            RunEvent::Queued(position) => self.reason(&format!("Waiting; position {position}.\n")),
            RunEvent::Restarted if !self.begun => self.reason("The engine was restarted; beginning again.\n"),
            // Text that was sent cannot be taken back.
            RunEvent::Restarted => self.fail(&ApiError::Unavailable {
                message: "the engine died in the middle of the report; ask again".into(),
                retry_after: Some(1),
            }),
            // A conversation never asks for a backtest.
            RunEvent::Scored(_) => {}
            RunEvent::Event(event) => {
                if let Event::Cautions { cautions, .. } = &*event
                    && matches!(self.form, AnswerForm::Report)
                {
                    self.begin(cautions);
                } else if let Event::Text {
                    part: TextPart::Report,
                    text,
                    ..
                } = &*event
                    && matches!(self.form, AnswerForm::Report)
                {
                    self.send(text);
                } else if let Some(line) = progress::line(&event) {
                    self.reason(&line);
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
        match &self.form {
            AnswerForm::Report => {
                self.begin(&analysis.cautions);
                let rest = match report(analysis).trim_end().strip_prefix(self.sent.trim_end()) {
                    Some(rest) => rest.to_owned(),
                    // Every sentence that was sent holds.
                    None => format!(
                        "{}\n\n*Sentences that the check struck were written anew; the stored analysis has them.*",
                        unsent(report(analysis), &self.sent)
                    ),
                };
                self.send(&format!("{rest}{}", tail(analysis)));
            }
            AnswerForm::Whole | AnswerForm::Fields(_) => self.send(&self.form.text(analysis)?),
        }
        self.writer.set_metadata(metadata(finished));
        self.ready.extend(self.writer.finish(0, Finish::Stop));
        self.ready.extend(self.writer.end(usage(finished)));
        self.over = true;
        Ok(())
    }

    /// Says what must be known before the report, once.
    fn begin(&mut self, cautions: &[String]) {
        if !self.begun {
            self.begun = true;
            self.ready.extend(self.writer.content(0, &head(cautions), &[]));
        }
    }

    fn reason(&mut self, line: &str) {
        self.ready.extend(self.writer.reasoning(0, line));
    }

    fn send(&mut self, text: &str) {
        self.sent.push_str(text);
        self.ready.extend(self.writer.content(0, text, &[]));
    }

    fn fail(&mut self, error: &ApiError) {
        self.over = true;
        self.ready.push_back(ChunkWriter::fail(error));
    }
}

/// The sections of a report that were not sent, and what follows in the last one that was.
fn unsent(report: &str, sent: &str) -> String {
    fn sections(text: &str) -> Vec<&str> {
        let sections = text.split("\n## ");
        sections
            .map(|section| section.trim_start_matches("## ").trim_end())
            .collect()
    }
    let title = |section: &str| section.lines().next().map(str::to_owned);
    let shown = sections(sent);
    let mut rest = String::new();
    for section in sections(report) {
        match shown.iter().rposition(|shown| title(shown) == title(section)) {
            None => rest.push_str(&format!("\n\n## {section}")),
            Some(at) if at + 1 == shown.len() => rest.push_str(section.strip_prefix(shown[at]).unwrap_or_default()),
            Some(_) => {}
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_of_a_report_follows_whatever_was_written_anew_before() {
        let report = "## Summary\n\nA. New.\n\n## Context\n\nB. C.\n\n## Conclusion\n\nD.";
        let rest = unsent(report, "## Summary\n\nA.\n\n## Context\n\nB.");
        assert_eq!(rest, " C.\n\n## Conclusion\n\nD.");
        assert_eq!(
            unsent(report, "## Summary\n\nA.\n\n## Context\n\nX."),
            "\n\n## Conclusion\n\nD."
        );
        assert_eq!(unsent(report, ""), format!("\n\n{report}"));
    }
}
