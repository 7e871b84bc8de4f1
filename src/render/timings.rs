//! The times of an analysis in the order things happened: gathering, the stages as their table has them, the total.

use crate::analysis::Analysis;
use crate::stages::STAGES;

/// Names with milliseconds.
pub(super) fn timings(analysis: &Analysis) -> Vec<(&'static str, f64)> {
    let stages = STAGES.names().into_iter().map(|stage| stage.as_str());
    let names = ["gather"].into_iter().chain(stages).chain(["total"]);
    names
        .filter_map(|name| Some((name, *analysis.timings.get(name)?)))
        .collect()
}
