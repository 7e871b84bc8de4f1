//! The ledger as a small chart: anonymous memory rising while an arena is open and falling back when it is freed.
//! Ledger rows in, coordinates out; the page's template draws them.

use serde::Serialize;

use crate::analysis::LedgerRow;
use crate::render::text::mebibytes;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 150.0;
/// Room for the words below and above the line.
const FOOT: f64 = 22.0;
const HEAD: f64 = 24.0;

/// The chart, in a coordinate system of `width` × `height`.
#[derive(Debug, Serialize)]
pub(super) struct MemoryChart {
    pub width: f64,
    pub height: f64,
    /// The y of zero bytes.
    pub floor: f64,
    /// The memory line, as SVG path data.
    pub line: String,
    /// The area under it.
    pub area: String,
    pub stages: Vec<Stage>,
    /// The chart in words, for those who do not see it.
    pub description: String,
}

/// One arena.
#[derive(Debug, Serialize)]
pub(super) struct Stage {
    pub name: String,
    /// The middle of its hill.
    pub x: f64,
    /// The y of its top.
    pub top: f64,
    pub peak: String,
    pub freed: String,
    /// Where the arena has been freed, and how much is left.
    pub after_x: f64,
    pub after_y: f64,
    pub after: String,
}

/// The chart of the ledger; `None` without rows or where the platform counts no memory.
pub(super) fn chart(rows: &[LedgerRow]) -> Option<MemoryChart> {
    let highest = rows.iter().map(|row| row.anon_peak).max().filter(|peak| *peak > 0)?;
    let floor = HEIGHT - FOOT;
    let y = |bytes: u64| tenth(floor - (floor - HEAD) * bytes as f64 / highest as f64);
    let slot = WIDTH / rows.len() as f64;

    let mut points = vec![(0.0, y(rows[0].anon_before))];
    let mut stages = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let at = |share: f64| tenth((place as f64 + share) * slot);
        points.extend([
            (at(0.12), y(row.anon_before)),
            (at(0.24), y(row.anon_peak)),
            (at(0.68), y(row.anon_peak)),
            (at(0.76), y(row.anon_after)),
        ]);
        stages.push(Stage {
            name: row.stage.to_string(),
            x: at(0.46),
            top: y(row.anon_peak),
            peak: mebibytes(row.anon_peak),
            freed: mebibytes(row.freed_bytes),
            after_x: at(0.88),
            after_y: y(row.anon_after),
            after: mebibytes(row.anon_after),
        });
    }
    points.push((WIDTH, y(rows[rows.len() - 1].anon_after)));

    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
    let line = format!("M{}", path.join("L"));
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{}: up to {} MiB, {} MiB after",
                row.stage,
                mebibytes(row.anon_peak),
                mebibytes(row.anon_after)
            )
        })
        .collect();
    Some(MemoryChart {
        width: WIDTH,
        height: HEIGHT,
        floor,
        area: format!("{line}L{WIDTH} {floor}L0 {floor}Z"),
        line,
        stages,
        description: said.join("; "),
    })
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::StageName;

    fn row(before: u64, peak: u64, after: u64) -> LedgerRow {
        LedgerRow {
            anon_before: before,
            anon_peak: peak,
            anon_after: after,
            freed_bytes: peak.saturating_sub(after),
            ..LedgerRow::new(StageName::FORECAST, "")
        }
    }

    #[test]
    fn the_highest_peak_touches_the_top_and_zero_the_floor() {
        let stages = chart(&[row(0, 100, 0), row(0, 50, 0)])
            .map(|chart| chart.stages)
            .unwrap_or_default();
        assert_eq!(
            stages.iter().map(|stage| stage.top).collect::<Vec<_>>(),
            [HEAD, HEAD + (HEIGHT - FOOT - HEAD) / 2.0]
        );
        assert_eq!(stages[0].after_y, HEIGHT - FOOT);
    }

    #[test]
    fn a_platform_without_counters_has_no_chart() {
        assert!(chart(&[row(0, 0, 0)]).is_none());
        assert!(chart(&[]).is_none());
    }
}
