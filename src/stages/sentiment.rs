//! Stage 2: headlines come in, a label and probabilities for each go out. All headlines of a batch share one open model. Those in a
//! language that the model does not read are set aside, and count nowhere.

use super::in_flight::{InFlight, load_cancel};
use super::models::{SentimentModel, StageModels};
use super::stage::{Ran, Stage};
use crate::analysis::{
    Counts, Event, Label, LabelledHeadline, Probabilities, ScoredHeadline, Sentiment, Sink, StageError, StageName,
    UnreadHeadline,
};
use crate::engine::{Engine, EngineError};
use crate::news::{Headline, News};
use crate::text::gives_orders;

/// The sentiment stage.
#[derive(Debug)]
pub(super) struct SentimentStage;

impl Stage for SentimentStage {
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let found = models.sentiment().and_then(|model| Ok((model, Columns::of(model)?)));
        let (model, columns) = match found {
            Ok(found) => found,
            Err(error) => return (None, Err(error)),
        };
        let sorted: Vec<Sorted> = jobs.iter().map(|job| Sorted::of(&job.job.news, model)).collect();
        if sorted.iter().all(|sorted| sorted.read.is_empty()) {
            for (job, sorted) in jobs.iter_mut().zip(sorted) {
                let nothing = "there are no headlines to read".to_owned();
                job.warnings.push(sorted.remark(model).unwrap_or(nothing));
                job.sentiment = Some(sorted.scored(Vec::new()));
            }
            return (None, Ok(()));
        }
        let cancel = load_cancel(jobs);
        let (row, done) = engine.classifier(
            StageName::SENTIMENT,
            &model.model,
            &cancel,
            &mut |classifier| {
                let titles: Vec<&str> = sorted
                    .iter()
                    .flat_map(|sorted| sorted.read.iter().map(|headline| headline.title.as_str()))
                    .collect();
                let mut rows = classifier.classify(&titles)?.into_iter();
                for (job, sorted) in jobs.iter_mut().zip(&sorted) {
                    let id = job.job.id.clone();
                    sink(Event::JobStarted {
                        job: id.clone(),
                        stage: StageName::SENTIMENT,
                    });
                    let scored: Vec<Probabilities> = rows
                        .by_ref()
                        .take(sorted.read.len())
                        .map(|row| columns.probabilities(&row))
                        .collect();
                    let sentiment = sorted.scored(scored);
                    sink(Event::HeadlinesScored {
                        job: id,
                        count: sentiment.headlines.len(),
                        headlines: sentiment.headlines.iter().map(labelled).collect(),
                    });
                    job.warnings.extend(remarks(&sorted.read, &sentiment));
                    job.warnings.extend(sorted.remark(model));
                    job.sentiment = Some(sentiment);
                }
                Ok(())
            },
            sink,
        );
        (row, done.map_err(StageError::from))
    }
}

/// The headlines of a job by whether the model reads their language.
struct Sorted {
    read: Vec<Headline>,
    unread: Vec<UnreadHeadline>,
    answered: Vec<String>,
}

impl Sorted {
    fn of(news: &News, model: &SentimentModel) -> Self {
        let mut sorted = Self {
            read: Vec::new(),
            unread: Vec::new(),
            answered: news.answered.clone(),
        };
        for (number, headline) in (1..).zip(&news.headlines) {
            match headline
                .language
                .clone()
                .filter(|language| !model.can_read(Some(language)))
            {
                None => sorted.read.push(headline.clone()),
                Some(language) => sorted.unread.push(UnreadHeadline {
                    number,
                    title: headline.title.clone(),
                    source: headline.source.clone(),
                    published_at: headline.published_at,
                    url: headline.url.clone(),
                    language,
                }),
            }
        }
        sorted
    }

    /// What is said of the headlines that are not read.
    fn remark(&self, model: &SentimentModel) -> Option<String> {
        let mut languages: Vec<&str> = self.unread.iter().map(|headline| headline.language.as_str()).collect();
        languages.sort_unstable();
        languages.dedup();
        let counted = match self.unread.len() {
            0 => return None,
            1 => "1 headline is".to_owned(),
            several => format!("{several} headlines are"),
        };
        Some(format!(
            "{counted} in a language that {} does not read ({}) and left out of the score",
            model.model.id,
            languages.join(", ")
        ))
    }

    fn scored(&self, probabilities: Vec<Probabilities>) -> Sentiment {
        Sentiment {
            unread: self.unread.clone(),
            answered: self.answered.clone(),
            ..sentiment(&self.read, probabilities)
        }
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
        unread: Vec::new(),
        answered: Vec::new(),
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
        language: headline.language.clone(),
    }
}
