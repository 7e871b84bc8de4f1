//! The last step of a job: its results, ledger rows and times come in, an [`Analysis`] with its chart goes out. Computes no
//! results of its own.

use std::collections::BTreeMap;

use chrono::Utc;

use crate::analysis::{self, Analysis, HistoryPoint, Job, LedgerRow, ModelRef, Models, StageName};
use crate::render::{self, Figure};
use crate::stages::{InFlight, cautions, stance_of};

/// Builds the analysis of a finished job.
pub(super) fn assemble(
    job: InFlight,
    models: Models,
    rows: Vec<LedgerRow>,
    gather_ms: f64,
    engine_ms: f64,
) -> Analysis {
    let warnings = warnings(&job);
    let models = that_ran(models, &rows);
    let cautions = cautions(&job, models.forecaster.as_ref());
    let asked = job.job.options.stages.contains(&StageName::FORECAST);
    let stance = asked.then(|| stance_of(&job));
    let InFlight {
        job,
        stats,
        forecast,
        sentiment,
        report,
        review,
        extras,
        failures,
        ..
    } = job;
    let Job {
        id,
        series,
        fundamentals,
        options,
        ..
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
    for row in &rows {
        *timings.entry(row.stage.to_string()).or_default() += row.load_ms + row.run_ms;
    }
    timings.insert("gather".into(), gather_ms);
    timings.insert("total".into(), gather_ms + engine_ms);
    Analysis {
        id,
        object: "analysis".into(),
        created: Utc::now().timestamp(),
        language: options.language,
        ticker: series.ticker.to_string(),
        company: series.company.clone(),
        currency: series.currency.clone(),
        source: Some(series.source),
        as_of: last.map(|point| point.date).unwrap_or_default(),
        last_close: last.map_or(0.0, |point| point.close),
        chart: render::figure(&Figure {
            ticker: series.ticker.as_str(),
            currency: &series.currency,
            history: &history,
            forecast: forecast.as_ref(),
            headlines: sentiment.as_ref().map_or(&[], |sentiment| &sentiment.headlines),
            truth: &[],
            cautions: &cautions,
        }),
        history,
        features: stats,
        fundamentals,
        forecast,
        sentiment,
        report,
        stance,
        cautions,
        review,
        extras,
        models,
        arenas: rows,
        timings,
        errors: failures,
        warnings,
        disclaimer: analysis::DISCLAIMER.into(),
    }
}

/// Without a model that was resolved and not opened: code wrote the report in its place.
fn that_ran(models: Models, rows: &[LedgerRow]) -> Models {
    let opened = |model: &ModelRef| rows.iter().any(|row| row.model == model.id);
    Models {
        reporter: models.reporter.filter(opened),
        ..models
    }
}

fn warnings(job: &InFlight) -> Vec<String> {
    let mut warnings = job.job.series.warnings.clone();
    warnings.extend(job.job.news.warnings.iter().cloned());
    warnings.extend(job.warnings.iter().cloned());
    warnings
}
