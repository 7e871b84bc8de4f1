//! A running analysis as the chunks of a chat stream: run events come in, progress goes out as `reasoning_content`, the report as
//! `content`, sentence by sentence, as each is written and checked.

use std::collections::VecDeque;

use futures_util::stream::{self, StreamExt};

use super::chat_answer::ChatStream;
use super::chunks::{ChatChunk, ChunkWriter};
use super::pipeline_answer::{AnswerForm, head, metadata, report, tail, usage};
use super::progress;
use super::response::{Envelope, Metadata};
use super::validate::ValidChat;
use crate::analysis::{Event, TextPart};
use crate::engine::Finish;
use crate::serve::http::ApiError;
use crate::serve::runs::{Finished, Reader, RunEvent, succeeded};

/// The chunks of the answer while the analysis runs. The first ones name it by its id.
pub(super) fn streamed(
    analysis_id: String,
    reader: Reader<RunEvent>,
    valid: &ValidChat,
    form: AnswerForm,
) -> ChatStream {
    let mut chunks = PipelineStream {
        reader,
        writer: ChunkWriter::new(Envelope::new("chatcmpl", &valid.model), 1),
        form,
        begun: false,
        sent: String::new(),
        ready: VecDeque::new(),
        over: false,
    };
    let mut first = chunks.writer.begin();
    for chunk in &mut first {
        chunk.metadata = Some(Metadata {
            analysis_id: analysis_id.clone(),
        });
    }
    chunks.extend(first);
    stream::unfold(chunks, |mut chunks| async move {
        let chunk = chunks.next().await?;
        Some((chunk, chunks))
    })
    .boxed()
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
    ready: VecDeque<Result<ChatChunk, ApiError>>,
    over: bool,
}

impl PipelineStream {
    async fn next(&mut self) -> Option<Result<ChatChunk, ApiError>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(chunk);
            }
            if self.over {
                return None;
            }
            match self.reader.next().await {
                Some(event) => self.handle(event),
                None => self.fail(ApiError::Internal),
            }
        }
    }

    fn handle(&mut self, event: RunEvent) {
        match event {
            RunEvent::Queued(position) => self.reason(&format!("Waiting; position {position}.\n")),
            RunEvent::Restarted if !self.begun => self.reason("The engine was restarted; beginning again.\n"),
            // Text that was sent cannot be taken back.
            RunEvent::Restarted => self.fail(ApiError::Unavailable {
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
                    self.fail(error);
                }
            }
            RunEvent::Failed(error) => self.fail(error),
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
        let last = self.writer.finish(0, Finish::Stop);
        self.extend(last);
        self.ready.push_back(Ok(self.writer.end(usage(finished))));
        self.over = true;
        Ok(())
    }

    /// Says what must be known before the report, once.
    fn begin(&mut self, cautions: &[String]) {
        if !self.begun {
            self.begun = true;
            let head = self.writer.content(0, &head(cautions), &[]);
            self.extend(head);
        }
    }

    fn reason(&mut self, line: &str) {
        let line = self.writer.reasoning(0, line);
        self.extend(line);
    }

    fn send(&mut self, text: &str) {
        self.sent.push_str(text);
        let text = self.writer.content(0, text, &[]);
        self.extend(text);
    }

    fn fail(&mut self, error: ApiError) {
        self.over = true;
        self.ready.push_back(Err(error));
    }

    fn extend(&mut self, chunks: Vec<ChatChunk>) {
        self.ready.extend(chunks.into_iter().map(Ok));
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
