//! Stage 2: headlines come in, a label and probabilities for each go out. All headlines of a batch share one open model.

use super::in_flight::{InFlight, load_cancel};
use super::models::{SentimentModel, StageModels};
use super::stage::{Ran, Stage};
use crate::analysis::{
    Counts, Event, Label, LabelledHeadline, Probabilities, ScoredHeadline, Sentiment, Sink, StageError, StageName,
};
use crate::engine::{Engine, EngineError};
use crate::news::Headline;
use crate::text::gives_orders;

/// The sentiment stage.
#[derive(Debug)]
pub(super) struct SentimentStage;

impl Stage for SentimentStage {
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let found = models
            .sentiment()
            .and_then(|model| Ok((&model.model, Columns::of(model)?)));
        let (model, columns) = match found {
            Ok(found) => found,
            Err(error) => return (None, Err(error)),
        };
        if jobs.iter().all(|job| job.job.news.headlines.is_empty()) {
            for job in jobs.iter_mut() {
                job.sentiment = Some(sentiment(&[], Vec::new()));
                job.warnings.push("there are no headlines to read".into());
            }
            return (None, Ok(()));
        }
        let cancel = load_cancel(jobs);
        let (row, done) = engine.classifier(
            StageName::SENTIMENT,
            model,
            &cancel,
            &mut |classifier| {
                let titles: Vec<&str> = jobs
                    .iter()
                    .flat_map(|job| job.job.news.headlines.iter().map(|headline| headline.title.as_str()))
                    .collect();
                let mut rows = classifier.classify(&titles)?.into_iter();
                for job in jobs.iter_mut() {
                    let id = job.job.id.clone();
                    sink(Event::JobStarted {
                        job: id.clone(),
                        stage: StageName::SENTIMENT,
                    });
                    let headlines = &job.job.news.headlines;
                    let scored: Vec<Probabilities> = rows
                        .by_ref()
                        .take(headlines.len())
                        .map(|row| columns.probabilities(&row))
                        .collect();
                    let sentiment = sentiment(headlines, scored);
                    sink(Event::HeadlinesScored {
                        job: id,
                        count: sentiment.headlines.len(),
                        headlines: sentiment.headlines.iter().map(labelled).collect(),
                    });
                    job.warnings.extend(remarks(&job.job.news.headlines, &sentiment));
                    job.sentiment = Some(sentiment);
                }
                Ok(())
            },
            sink,
        );
        (row, done.map_err(StageError::from))
    }
}

/// What was done about titles that do more than tell news.
fn remarks(headlines: &[Headline], sentiment: &Sentiment) -> Vec<String> {
    let numbers = |picked: Vec<bool>| -> Vec<String> {
        let numbered = (1..).zip(picked).filter(|(_, picked)| *picked);
        numbered.map(|(number, _): (usize, bool)| number.to_string()).collect()
    };
    let said = |numbers: Vec<String>, what: &str, done: &str| {
        let headlines = if numbers.len() == 1 { "headline" } else { "headlines" };
        let count = numbers.len();
        (count > 0).then(|| format!("{count} {headlines} {what}, {done}: number {}", numbers.join(", ")))
    };
    let disguised = numbers(headlines.iter().map(|headline| headline.disguised).collect());
    let flagged = numbers(sentiment.headlines.iter().map(|headline| headline.flagged).collect());
    let remarks = [
        said(
            disguised,
            "held hidden, encoded or disguised text",
            "which was made plain or left out",
        ),
        said(
            flagged,
            "gave orders instead of news",
            "were labelled, and were not shown to the reporter",
        ),
    ];
    remarks.into_iter().flatten().collect()
}

/// The output column of each label.
struct Columns {
    positive: usize,
    negative: usize,
    neutral: usize,
}

impl Columns {
    fn of(model: &SentimentModel) -> Result<Self, EngineError> {
        let find = |name: &str| model.labels.iter().position(|label| label.eq_ignore_ascii_case(name));
        match (find("positive"), find("negative"), find("neutral")) {
            (Some(positive), Some(negative), Some(neutral)) if model.labels.len() == 3 => Ok(Columns {
                positive,
                negative,
                neutral,
            }),
            _ => Err(EngineError::Labels {
                model: model.model.id.clone(),
                labels: model.labels.clone(),
            }),
        }
    }

    fn probabilities(&self, row: &[f32]) -> Probabilities {
        let at = |column: usize| row.get(column).copied().map_or(0.0, f64::from);
        Probabilities {
            positive: at(self.positive),
            negative: at(self.negative),
            neutral: at(self.neutral),
        }
    }
}

fn sentiment(headlines: &[Headline], probabilities: Vec<Probabilities>) -> Sentiment {
    let scored: Vec<ScoredHeadline> = headlines
        .iter()
        .zip(probabilities)
        .map(|(headline, probabilities)| score(headline, probabilities))
        .collect();
    let count = |label: Label| scored.iter().filter(|headline| headline.label == label).count();
    let counts = Counts {
        positive: count(Label::Positive),
        negative: count(Label::Negative),
        neutral: count(Label::Neutral),
    };
    let sum: f64 = scored
        .iter()
        .map(|headline| headline.probabilities.positive - headline.probabilities.negative)
        .sum();
    let net_score = if scored.is_empty() {
        0.0
    } else {
        sum / scored.len() as f64
    };
    Sentiment {
        headlines: scored,
        counts,
        net_score,
        summary: None,
    }
}

fn labelled(headline: &ScoredHeadline) -> LabelledHeadline {
    let Probabilities {
        positive,
        negative,
        neutral,
    } = headline.probabilities;
    let probabilities = [
        (Label::Positive, positive),
        (Label::Negative, negative),
        (Label::Neutral, neutral),
    ];
    LabelledHeadline {
        title: headline.title.clone(),
        source: headline.source.clone(),
        published_at: headline.published_at,
        url: headline.url.clone(),
        label: headline.label.as_str().to_owned(),
        score: headline.score,
        probabilities: probabilities
            .map(|(label, share)| (label.as_str().to_owned(), share))
            .into(),
    }
}

fn score(headline: &Headline, probabilities: Probabilities) -> ScoredHeadline {
    let Probabilities {
        positive,
        negative,
        neutral,
    } = probabilities;
    // Ties go to the more cautious label: neutral, then negative.
    let (label, score) = if neutral >= positive && neutral >= negative {
        (Label::Neutral, neutral)
    } else if negative >= positive {
        (Label::Negative, negative)
    } else {
        (Label::Positive, positive)
    };
    ScoredHeadline {
        title: headline.title.clone(),
        source: headline.source.clone(),
        published_at: headline.published_at,
        url: headline.url.clone(),
        label,
        score,
        probabilities,
        flagged: gives_orders(&headline.title),
    }
}
