//! The report of a reporter that writes no prose: a job comes in, a summary, a report and, in a backtest, a review of code's own
//! sentences go out. It opens no model.

use super::locales::wording;
use super::review::{self, Hindsight};
use super::{facts, frame, rules};
use crate::analysis::{Event, Report, Review, Sink, StageError, StageName, TextPart, Writer};
use crate::engine::Engine;
use crate::grounding::{Author, Fact, Grounding, Locale, check_by};
use crate::stages::cautions::announce;
use crate::stages::in_flight::InFlight;
use crate::stages::models::StageModels;
use crate::stages::stage::{Ran, Stage};
use crate::stages::stance::stance_of;

/// The report stage without a model.
#[derive(Debug)]
pub(in crate::stages) struct RuleWrittenStage;

impl Stage for RuleWrittenStage {
    fn applies(&self, models: &StageModels) -> bool {
        models.reporter.as_ref().is_some_and(|model| !model.writes_prose)
    }

    fn run(&self, _: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        for job in jobs.iter_mut() {
            sink(Event::JobStarted {
                job: job.job.id.clone(),
                stage: StageName::REPORT,
            });
            let forecaster = models.forecaster.as_ref().map(|forecaster| &forecaster.model);
            announce(job, forecaster, sink);
            if let Err(error) = write(job, sink) {
                job.fail(StageName::REPORT, error, sink);
            }
        }
        (None, Ok(()))
    }
}

fn write(job: &mut InFlight, sink: &Sink<'_>) -> Result<(), StageError> {
    let (id, locale) = (job.job.id.clone(), job.job.options.language);
    let tell = |part: TextPart, text: &str| {
        sink(Event::Text {
            job: id.clone(),
            part,
            text: text.to_owned(),
        });
    };
    if let Some(sentiment) = job
        .sentiment
        .as_mut()
        .filter(|sentiment| !sentiment.headlines.is_empty())
    {
        let summary = rules::summary(sentiment, locale);
        tell(TextPart::Summary, &summary);
        sentiment.summary = Some(summary);
    }
    let (facts, stance) = (facts::job_facts(job), stance_of(job));
    let markdown = signed(
        &frame::put_together(&[], &rules::sections(job, &facts, &stance)),
        locale,
    );
    tell(TextPart::Report, &markdown);
    job.report = Some(Report {
        recommendation: stance.call.into(),
        stance: Some(stance),
        written_by: Writer::Rules,
        grounding: checked(&markdown, job, &facts),
        markdown,
        facts,
    });
    let review = Hindsight::of(job)?.map(|hindsight| {
        let facts: Vec<Fact> = hindsight.facts();
        let markdown = signed(&frame::put_together(&[], &review::sections(&hindsight, &facts)), locale);
        let grounding = checked(&markdown, job, &facts);
        Review {
            markdown,
            grounding,
            facts,
        }
    });
    if let Some(review) = review {
        tell(TextPart::Review, &review.markdown);
        job.review = Some(review);
    }
    Ok(())
}

/// The claims of a text by rules. None is a model's.
fn checked(text: &str, job: &InFlight, facts: &[Fact]) -> Grounding {
    facts::with_evidence(job, facts, |evidence| check_by(text, evidence, &|_| Author::Code))
}

/// The text with a last line that says who wrote it.
fn signed(text: &str, locale: Locale) -> String {
    format!("{text}\n\n{}", wording(locale).by_rules())
}
