//! The whole way of an analysis: gather (async, the only part that touches the network) → [`Job`] → engine → [`Analysis`].

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::analysis::{
    self, Analysis, Direction, HistoryPoint, Job, JobOptions, LedgerRow, Recommendation, Sink, StageName,
};
use crate::backtest::BacktestError;
use crate::engine::{self, BatchJob, Cancel, Engine};
use crate::market::{self, BarQuery, MarketError, MarketSource, SourceKind, Ticker};
use crate::models::ModelsError;
use crate::net::HttpClient;
use crate::news::{self, NewsQuery, NewsSources};
use crate::render::{self, Figure};
use crate::scoring::MetricsError;
use crate::stages::InFlight;

use super::model_set::ModelSet;

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
    /// No windows to test on.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// A forecast that cannot be held against what came.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Not one window has a forecast.
    #[error("no window has a forecast: {0}")]
    NoForecast(String),
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
        self.models.shares(stage, &other.models)
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
    let after = STAGES.into_iter().skip_while(|&one| one != stage).skip(1);
    let wanted = after.filter(|&one| jobs.iter().any(|job| job.flight.wants(one)));
    let upcoming: Vec<_> = wanted.filter_map(|one| models.model(one)).cloned().collect();
    engine.expect(&upcoming);
    let mut flights: Vec<&mut InFlight> = jobs.iter_mut().map(|job| &mut job.flight).collect();
    let mut rows = Vec::new();
    for one in models.arenas(stage) {
        rows.extend(engine::run_stage(engine, one, &mut flights, sink));
    }
    for job in jobs {
        job.passed.push(stage);
        job.rows.extend(rows.iter().cloned());
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
        sink(analysis::Event::Done { job: id });
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
    let mut timings: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows {
        *timings.entry(row.stage.to_string()).or_default() += row.load_ms + row.run_ms;
    }
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
        chart: render::figure(&Figure {
            ticker: series.ticker.as_str(),
            currency: &series.currency,
            history: &history,
            forecast: forecast.as_ref(),
            headlines: sentiment.as_ref().map_or(&[], |sentiment| &sentiment.headlines),
            truth: &[],
        }),
        history,
        features: stats,
        forecast,
        sentiment,
        report,
        review,
        models: models.refs(),
        arenas: rows.to_vec(),
        timings,
        errors: failures,
        warnings,
        disclaimer: analysis::DISCLAIMER.into(),
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
