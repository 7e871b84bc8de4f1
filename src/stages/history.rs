//! Runs before stage 1, for forecasters with the prompt format `summary-v0` only: closes come in, the reporter's summary in
//! words goes out. The history is split into overlapping chunks; the prompt of each chunk contains the summary of the chunks
//! before it. An experiment of the Python original, kept for comparison (docs/forecasting.md).

use serde::Serialize;

use super::conversation::conversation;
use super::forecast::refuse_doubtful;
use super::in_flight::{InFlight, load_cancel};
use super::models::StageModels;
use super::stage::{Ran, Stage};
use crate::analysis::{Sink, StageError, StageName};
use crate::engine::{
    Engine, EngineError, Estimate, Generate, Language, LanguageInfo, LanguageWork, Prompt, Sampling, Workload,
};
use crate::grounding::plain_price;
use crate::market::Bar;
use crate::prompt::{PromptError, Template, render};

/// Bars in one chunk.
const CHUNK: usize = 180;

/// Bars that a chunk shares with its predecessor.
const OVERLAP: usize = 30;

/// Token limit of a summary: three sentences.
const SUMMARY_TOKENS: usize = 120;

/// The part of the forecast stage that runs on the reporter's model.
#[derive(Debug)]
pub(super) struct HistoryStage;

impl Stage for HistoryStage {
    fn applies(&self, models: &StageModels) -> bool {
        let forecaster = models.forecaster.as_ref();
        forecaster.is_some_and(|model| model.prompt_format.format().needs_summary())
    }

    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let model = match models.reporter() {
            Ok(model) => model,
            Err(error) => return (None, Err(error)),
        };
        if !refuse_doubtful(jobs, sink) {
            return (None, Ok(()));
        }
        let cancel = load_cancel(jobs);
        let mut work = Summarising { jobs, sink };
        let (row, done) = engine.language(StageName::FORECAST, &model.model, &cancel, &mut work, sink);
        (row, done.map_err(StageError::from))
    }
}

struct Summarising<'a, 'j> {
    jobs: &'a mut [&'j mut InFlight],
    sink: &'a Sink<'a>,
}

impl LanguageWork for Summarising<'_, '_> {
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        let mut requests = Vec::new();
        for job in self.jobs.iter_mut() {
            if job.has_failed(StageName::FORECAST) {
                continue;
            }
            match plan(job, language) {
                Ok(parts) => requests.extend(parts),
                Err(error) => job.fail(StageName::FORECAST, error, self.sink),
            }
        }
        Ok(Workload {
            requests,
            together: 1,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        for job in self.jobs.iter_mut() {
            if job.has_failed(StageName::FORECAST) {
                continue;
            }
            match summarise(job, language) {
                Ok(summary) => job.history_summary = Some(summary),
                Err(error) => job.fail(StageName::FORECAST, error, self.sink),
            }
        }
        Ok(())
    }
}

/// Estimates the requests of a job; summaries that are not written yet count at their maximum length.
fn plan(job: &InFlight, language: &dyn LanguageInfo) -> Result<Vec<Estimate>, StageError> {
    let parts = parts(window(job)).into_iter().map(|part| {
        let prompt = part.prompt(job, "")?;
        let fit = language.fit(&prompt, 2 * SUMMARY_TOKENS)?;
        let tokens = fit.or_too_long("use a reporter with a longer context, or another --prompt-format")?;
        Ok(Estimate::one(
            tokens.map(|tokens| tokens + SUMMARY_TOKENS),
            SUMMARY_TOKENS,
        ))
    });
    parts.collect()
}

fn summarise(job: &InFlight, language: &mut dyn Language) -> Result<String, StageError> {
    let mut summary = String::new();
    for part in parts(window(job)) {
        let request = Generate {
            sampling: Sampling {
                temperature: 0.3,
                seed: job.job.options.seed,
                ..Sampling::default()
            },
            stop: vec!["\n".into()],
            cancel: job.cancel.clone(),
            ..Generate::one(part.prompt(job, &summary)?, SUMMARY_TOKENS)
        };
        let completions = language.generate(&request, &mut |_| {})?;
        summary = completions
            .first()
            .map(|completion| one_line(&completion.text))
            .unwrap_or_default();
    }
    Ok(summary)
}

/// Joins a summary into one line, because it is one line of a prompt.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn window(job: &InFlight) -> &[Bar] {
    let bars = &job.job.series.bars;
    &bars[bars.len().saturating_sub(job.job.options.context)..]
}

/// One chunk of a history.
struct ChunkPart<'a> {
    bars: &'a [Bar],
    number: usize,
    of: usize,
}

/// Splits a history into chunks, oldest first; each begins [`OVERLAP`] bars before the end of its predecessor.
fn parts(bars: &[Bar]) -> Vec<ChunkPart<'_>> {
    let step = CHUNK - OVERLAP;
    let of = bars.len().saturating_sub(OVERLAP).div_ceil(step).max(1);
    (0..of)
        .map(|number| ChunkPart {
            bars: &bars[number * step..bars.len().min(number * step + CHUNK)],
            number: number + 1,
            of,
        })
        .collect()
}

impl ChunkPart<'_> {
    fn prompt(&self, job: &InFlight, before: &str) -> Result<Prompt, PromptError> {
        #[derive(Serialize)]
        struct Context<'a> {
            ticker: &'a str,
            before: &'a str,
            number: usize,
            of: usize,
            from: String,
            until: String,
            prices: String,
        }
        let day = |bar: Option<&Bar>| bar.map(|bar| bar.date.to_string()).unwrap_or_default();
        let closes = self.bars.iter().map(|bar| plain_price(bar.close));
        let context = Context {
            ticker: job.job.series.ticker.as_str(),
            before,
            number: self.number,
            of: self.of,
            from: day(self.bars.first()),
            until: day(self.bars.last()),
            prices: closes.collect::<Vec<_>>().join(", "),
        };
        conversation(Template::HistorySystem, render(Template::History, &context)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    fn bars(count: u64) -> Vec<Bar> {
        let first = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap();
        let bar = |day: u64| Bar {
            date: first + Days::new(day),
            open: None,
            high: None,
            low: None,
            close: 1.0,
            volume: None,
        };
        (0..count).map(bar).collect()
    }

    proptest! {
        #[test]
        fn the_chunks_cover_the_history_and_overlap_by_thirty(count in 1..1_000_u64) {
            let bars = bars(count);
            let parts = parts(&bars);
            prop_assert_eq!(parts[0].bars[0].date, bars[0].date);
            prop_assert_eq!(parts.last().unwrap().bars.last(), bars.last());
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].bars.len(), CHUNK);
                prop_assert_eq!(&pair[0].bars[CHUNK - OVERLAP..], &pair[1].bars[..OVERLAP]);
                prop_assert!(pair[1].bars.len() > OVERLAP);
            }
        }
    }
}
