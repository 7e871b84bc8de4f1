//! The pipeline's progress as lines of text, for `reasoning_content`. Events come in; those worth a line give one.

use crate::analysis::Event;
use crate::engine::human_bytes;
use crate::stages::STAGES;

/// The line of an event, with its line break; `None` for events that are too frequent or say nothing new.
pub(in crate::serve) fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::StageOpened {
            stage,
            model,
            need_bytes,
            ..
        } => format!(
            "{}: opening {model}, {}.\n",
            STAGES.title(*stage),
            human_bytes(*need_bytes)
        ),
        Event::PathSampled { done, of, accepted, .. } => {
            let verdict = if *accepted {
                ""
            } else {
                ", rejected: an impossible step"
            };
            format!("Path {done} of {of}{verdict}.\n")
        }
        Event::HeadlinesScored { count, .. } => format!("{count} headlines read.\n"),
        Event::StageClosed { row } => format!(
            "{}: closed after {:.1} s, {} freed.\n",
            STAGES.title(row.stage),
            (row.load_ms + row.run_ms) / 1000.0,
            human_bytes(row.freed_bytes)
        ),
        Event::StageFailed { stage, message, .. } => format!("{} failed: {message}\n", STAGES.title(*stage)),
        Event::Waiting { host, seconds } => {
            format!("{host} asks for fewer requests: going on in {seconds} s.\n")
        }
        Event::Loading { .. }
        | Event::JobStarted { .. }
        | Event::Prefill { .. }
        | Event::Decoded { .. }
        | Event::ForecastMade { .. }
        | Event::Cautions { .. }
        | Event::Text { .. }
        | Event::Done { .. } => return None,
    })
}
