//! A fixed Analysis in which every stage failed, for the tests of the output formats and of the store.

use tripod::analysis::{Analysis, FailureKind, Models, StageError, StageFailure, StageName};

use crate::sample;

/// An analysis in which every stage failed: only the history and its indicators are left.
pub fn sample_of_failures() -> Analysis {
    let mut analysis = sample::sample();
    (analysis.forecast, analysis.sentiment, analysis.report) = (None, None, None);
    analysis.cautions = vec!["There is no forecast: it failed.".into()];
    if let Some(stance) = &mut analysis.stance {
        stance.because = vec!["There is no forecast, and without one no call is made.".into()];
    }
    analysis.models = Models::default();
    analysis.company = None;
    analysis.arenas.clear();
    analysis.chart = sample::chart(&analysis.history, None, &[]);
    let failure = |stage, kind, message: &str| StageFailure::new(stage, StageError::new(kind, message));
    analysis.errors = vec![
        failure(
            StageName::FORECAST,
            FailureKind::NoUsablePath,
            "no path survived: all 20 held an impossible step; try another model or a shorter horizon",
        ),
        failure(
            StageName::SENTIMENT,
            FailureKind::ModelMissing,
            "the model file is missing; run `tripod models pull`",
        ),
        failure(
            StageName::REPORT,
            FailureKind::OverBudget,
            "needs 412 MiB, the budget is 64 MiB; try --budget 512MiB",
        ),
    ];
    analysis
}
