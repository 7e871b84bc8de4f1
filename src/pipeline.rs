//! The whole way of an analysis: gather (async, the only part that touches the network) → [`Job`] → engine → [`Analysis`].

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{self, BatchJob, Cancel, ClassifierFile, Engine, LanguageFile, LedgerRow, Sink, StageName};
use crate::market::{self, BarQuery, HttpClient, MarketError, MarketSource, SourceKind, Ticker};
use crate::models::{self, ModelChoice, ModelsError, Profile, PromptFormat, Registry, ResolvedModel, Role};
use crate::news::{self, NewsQuery, NewsSources};
use crate::report::{self, Analysis, Direction, HistoryPoint, ModelRef, Models, Recommendation};
use crate::stages::{
    ForecastStage, ForecasterModel, InFlight, Job, JobOptions, ReportStage, ReporterModel, SentimentModel,
    SentimentStage,
};

/// Bars asked of a source: five years, for figures that compare today with the stock's own past.
pub const BARS: usize = 5 * 252;

/// An analysis needs a last close and one before it.
const FEWEST_BARS: usize = 2;

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The security.
    pub ticker: Ticker,
    /// Nothing later than this day is used; `None` for the newest.
    pub as_of: Option<NaiveDate>,
    /// How.
    pub options: JobOptions,
}

/// Where bars and headlines come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The one way out to the network.
    pub client: HttpClient,
    /// Bars.
    pub market: MarketSource,
    /// Bars of earlier runs.
    pub cache: Option<market::Cache>,
    /// Headlines.
    pub news: NewsSources,
}

/// A job with what gathering took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gathered {
    /// Plain data for the engine.
    pub job: Job,
    /// Milliseconds.
    pub gather_ms: f64,
}

/// What can stop an analysis before a model is opened.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// No bars.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// A model is missing or wrong.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Too few bars to say anything.
    #[error(
        "{ticker} has {found} bars up to {until}; an analysis needs at least {FEWEST_BARS}: choose a later --as-of"
    )]
    TooFewBars {
        /// The symbol.
        ticker: String,
        /// Bars found.
        found: usize,
        /// The last day looked at.
        until: String,
    },
    /// A model that cannot do its role.
    #[error("{id}: {reason}")]
    Unfit {
        /// The manifest's id.
        id: String,
        /// What is missing and what to do.
        reason: String,
    },
}

/// Fetches bars and headlines and makes the job.
///
/// # Errors
///
/// [`PipelineError::Market`] or [`PipelineError::TooFewBars`]; trouble with the news is a warning in the job.
pub async fn gather(request: &Request, sources: &Sources) -> Result<Gathered, PipelineError> {
    let begun = Instant::now();
    let query = BarQuery {
        ticker: request.ticker.clone(),
        as_of: request.as_of,
        bars: BARS.max(request.options.context),
    };
    let series = market::fetch(&sources.client, &sources.market, &query, sources.cache.as_ref()).await?;
    if series.bars.len() < FEWEST_BARS {
        return Err(PipelineError::TooFewBars {
            ticker: request.ticker.to_string(),
            found: series.bars.len(),
            until: request
                .as_of
                .map_or_else(|| "today".to_owned(), |date| date.to_string()),
        });
    }
    // Bundled and given histories end in the past: their news is the news of their last day.
    let newest = match series.source {
        SourceKind::Yahoo => Utc::now().date_naive(),
        _ => series.last().map_or_else(|| Utc::now().date_naive(), |bar| bar.date),
    };
    let as_of = request.as_of.unwrap_or(newest);
    let news = if request.options.stages.contains(&StageName::Sentiment) {
        let query = NewsQuery::new(request.ticker.clone(), series.company.clone(), as_of);
        news::gather(&sources.client, &sources.news, &query).await
    } else {
        news::News::default()
    };
    let id = format!("analysis-{}", Uuid::now_v7().simple());
    let job = Job {
        id,
        series,
        news,
        truth: Vec::new(),
        options: request.options.clone(),
    };
    Ok(Gathered {
        job,
        gather_ms: engine::milliseconds(begun),
    })
}

/// The models that fill the three roles; a role is `None` when no job asks for its stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    forecaster: Option<(ForecastStage, ModelRef)>,
    sentiment: Option<(SentimentStage, ModelRef)>,
    reporter: Option<(ReportStage, ModelRef)>,
}

/// Which model fills a role, where it is not the profile's.
#[derive(Debug, Clone, Default)]
pub struct RoleChoices {
    /// Stage 1.
    pub forecaster: Option<ModelChoice>,
    /// Stage 2.
    pub sentiment: Option<ModelChoice>,
    /// Stage 3.
    pub reporter: Option<ModelChoice>,
}

impl ModelSet {
    /// Finds and verifies the models of `stages`.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Models`] naming the missing or corrupted file and the command that mends it.
    pub fn resolve(
        registry: &Registry,
        cache: &models::Cache,
        profile: Profile,
        choices: &RoleChoices,
        stages: &[StageName],
    ) -> Result<Self, PipelineError> {
        let resolve =
            |role: Role, choice: &Option<ModelChoice>| registry.resolve_role(cache, role, profile, choice.as_ref());
        let mut set = ModelSet::default();
        if stages.contains(&StageName::Forecast) {
            let model = resolve(Role::Forecaster, &choices.forecaster)?;
            let stage = ForecastStage {
                model: ForecasterModel {
                    file: language_file(&model),
                    prompt_format: model.manifest.prompt_format.unwrap_or(PromptFormat::StatsV2),
                    zero_shot: model.manifest.zero_shot,
                },
            };
            set.forecaster = Some((stage, model_ref(&model)));
        }
        if stages.contains(&StageName::Sentiment) {
            let model = resolve(Role::Sentiment, &choices.sentiment)?;
            let stage = SentimentStage {
                model: SentimentModel {
                    file: classifier_file(&model)?,
                },
            };
            set.sentiment = Some((stage, model_ref(&model)));
        }
        if stages.contains(&StageName::Report) {
            let model = resolve(Role::Reporter, &choices.reporter)?;
            let stage = ReportStage {
                model: ReporterModel {
                    file: language_file(&model),
                    quotes_figures: model.manifest.quotes_figures,
                },
            };
            set.reporter = Some((stage, model_ref(&model)));
        }
        Ok(set)
    }

    fn stage(&self, name: StageName) -> Option<&dyn engine::Stage<InFlight>> {
        fn one<S: engine::Stage<InFlight>>(slot: &Option<(S, ModelRef)>) -> Option<&dyn engine::Stage<InFlight>> {
            slot.as_ref().map(|(stage, _)| stage as &dyn engine::Stage<InFlight>)
        }
        match name {
            StageName::Forecast => one(&self.forecaster),
            StageName::Sentiment => one(&self.sentiment),
            StageName::Report => one(&self.reporter),
        }
    }
}

/// Finds and verifies the language model of a role, for text outside an analysis.
///
/// # Errors
///
/// As [`ModelSet::resolve`].
pub fn resolve_language(
    registry: &Registry,
    cache: &models::Cache,
    profile: Profile,
    choices: &RoleChoices,
    role: Role,
) -> Result<LanguageFile, PipelineError> {
    let choice = match role {
        Role::Forecaster => choices.forecaster.as_ref(),
        _ => choices.reporter.as_ref(),
    };
    Ok(language_file(&registry.resolve_role(cache, role, profile, choice)?))
}

fn language_file(model: &ResolvedModel) -> LanguageFile {
    LanguageFile {
        id: model.id.clone(),
        path: model.weights.clone(),
        sha256: Some(model.sha256.clone()),
        chat_template: model.manifest.chat_template.clone(),
    }
}

fn classifier_file(model: &ResolvedModel) -> Result<ClassifierFile, PipelineError> {
    let tokenizer = model.tokenizer.clone().ok_or_else(|| PipelineError::Unfit {
        id: model.id.clone(),
        reason: "a sentiment model needs a tokenizer.json beside its ONNX file".into(),
    })?;
    Ok(ClassifierFile {
        id: model.id.clone(),
        path: model.weights.clone(),
        tokenizer,
        labels: model.manifest.labels.clone(),
        max_tokens: model.manifest.context.map_or(128, |tokens| tokens as usize),
    })
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
    }
}

/// A job on its way through the engine, with the models it goes through.
#[derive(Debug)]
pub struct Underway {
    models: ModelSet,
    flight: InFlight,
    rows: Vec<LedgerRow>,
    gather_ms: f64,
    begun: Instant,
    /// The stages behind it.
    passed: Vec<StageName>,
}

impl Underway {
    /// A job at the beginning of its way.
    pub fn new(gathered: Gathered, models: ModelSet, cancel: Cancel) -> Self {
        Underway {
            models,
            flight: InFlight::new(gathered.job, cancel),
            rows: Vec::new(),
            gather_ms: gathered.gather_ms,
            begun: Instant::now(),
            passed: Vec::new(),
        }
    }

    /// The job's id.
    pub fn id(&self) -> &str {
        &self.flight.job.id
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.flight.cancel.is_cancelled()
    }

    /// The stage it waits for; `None` at its end.
    pub fn next_stage(&self) -> Option<StageName> {
        STAGES.into_iter().find(|stage| {
            !self.passed.contains(stage) && self.flight.wants(*stage) && self.models.stage(*stage).is_some()
        })
    }

    /// Whether both go through the same model of a stage, and so through one arena.
    pub fn shares(&self, stage: StageName, other: &Underway) -> bool {
        match stage {
            StageName::Forecast => self.models.forecaster == other.models.forecaster,
            StageName::Sentiment => self.models.sentiment == other.models.sentiment,
            StageName::Report => self.models.reporter == other.models.reporter,
        }
    }

    /// The analysis, once no stage is left.
    pub fn finish(self) -> Analysis {
        let engine_ms = engine::milliseconds(self.begun);
        analysis(self.flight, &self.models, &self.rows, self.gather_ms, engine_ms)
    }
}

/// In the order they run.
const STAGES: [StageName; 3] = [StageName::Forecast, StageName::Sentiment, StageName::Report];

/// Opens a stage's arena once and puts jobs through it that share its model.
pub fn advance(engine: &mut dyn Engine, stage: StageName, jobs: &mut [&mut Underway], sink: &Sink<'_>) {
    let Some(models) = jobs.first().map(|job| job.models.clone()) else {
        return;
    };
    let mut flights: Vec<&mut InFlight> = jobs.iter_mut().map(|job| &mut job.flight).collect();
    let row = models
        .stage(stage)
        .and_then(|stage| engine::run_stage(engine, stage, &mut flights, sink));
    for job in jobs {
        job.passed.push(stage);
        job.rows.extend(row.clone());
    }
}

/// Puts a batch through the engine and makes the analyses, in the order of the jobs.
pub fn analyse(
    engine: &mut dyn Engine,
    models: &ModelSet,
    batch: Vec<Gathered>,
    cancel: &Cancel,
    sink: &Sink<'_>,
) -> Vec<Analysis> {
    let mut jobs: Vec<Underway> = batch
        .into_iter()
        .map(|gathered| Underway::new(gathered, models.clone(), cancel.clone()))
        .collect();
    for stage in STAGES {
        let mut waiting: Vec<&mut Underway> = jobs.iter_mut().filter(|job| job.next_stage() == Some(stage)).collect();
        advance(engine, stage, &mut waiting, sink);
    }
    let finished = jobs.into_iter().map(|job| {
        let id = job.id().to_owned();
        let analysis = job.finish();
        sink(engine::Event::Done { job: id });
        analysis
    });
    finished.collect()
}

fn analysis(job: InFlight, models: &ModelSet, rows: &[LedgerRow], gather_ms: f64, engine_ms: f64) -> Analysis {
    let warnings = warnings(&job);
    let InFlight {
        job,
        stats,
        forecast,
        sentiment,
        report,
        review,
        failures,
        ..
    } = job;
    let Job {
        id, series, options, ..
    } = job;
    let shown = &series.bars[series.bars.len().saturating_sub(options.context)..];
    let history: Vec<HistoryPoint> = shown
        .iter()
        .map(|bar| HistoryPoint {
            date: bar.date,
            close: bar.close,
        })
        .collect();
    let last = history.last().copied();
    let mut timings: BTreeMap<String, f64> = rows
        .iter()
        .map(|row| (row.stage.to_string(), row.load_ms + row.run_ms))
        .collect();
    timings.insert("gather".into(), gather_ms);
    timings.insert("total".into(), gather_ms + engine_ms);
    Analysis {
        id,
        object: "analysis".into(),
        created: Utc::now().timestamp(),
        ticker: series.ticker.to_string(),
        company: series.company.clone(),
        currency: series.currency.clone(),
        as_of: last.map(|point| point.date).unwrap_or_default(),
        last_close: last.map_or(0.0, |point| point.close),
        chart: report::figure(series.ticker.as_str(), &series.currency, &history, forecast.as_ref()),
        history,
        features: stats,
        forecast,
        sentiment,
        report,
        review,
        models: Models {
            forecaster: models.forecaster.as_ref().map(|(_, model)| model.clone()),
            sentiment: models.sentiment.as_ref().map(|(_, model)| model.clone()),
            reporter: models.reporter.as_ref().map(|(_, model)| model.clone()),
        },
        arenas: rows.to_vec(),
        timings,
        errors: failures,
        warnings,
        disclaimer: report::DISCLAIMER.into(),
    }
}

fn warnings(job: &InFlight) -> Vec<String> {
    let mut warnings = job.job.series.warnings.clone();
    warnings.extend(job.job.news.warnings.iter().cloned());
    warnings.extend(job.warnings.iter().cloned());
    if let (Some(forecast), Some(report)) = (&job.forecast, &job.report) {
        let against = match (forecast.direction, report.recommendation) {
            (Direction::Bearish, Recommendation::Buy) => Some("buy, while the forecast points down"),
            (Direction::Bullish, Recommendation::Sell) => Some("sell, while the forecast points up"),
            _ => None,
        };
        warnings.extend(against.map(|words| format!("the report recommends to {words}")));
    }
    warnings
}
