//! The chart of a document: the closes, the median and the bands of an analysis, as lines and areas.

use chrono::NaiveDate;

use super::page::{INK, Ink, MARGIN, MUTED, RULE, Sheet, WIDTH};
use crate::analysis::Analysis;
use crate::grounding::prices;

const CLOSES: Ink = (52, 92, 150);
const FORECAST: Ink = (196, 98, 36);
const HEIGHT: f32 = 190.0;
/// Room for the prices on the left.
const LABELS: f32 = 58.0;

/// Draws the chart at the sheet's place, and its legend.
pub(super) fn chart(sheet: &mut Sheet<'_, '_>, analysis: &Analysis) {
    let Some(plane) = Plane::new(analysis, sheet.at + 8.0) else {
        return;
    };
    let steps: Vec<f64> = (0..=4)
        .map(|step| plane.low + (plane.high - plane.low) * f64::from(step) / 4.0)
        .collect();
    for (&value, label) in steps.iter().zip(prices(&steps, &analysis.currency)) {
        let y = plane.y(value);
        sheet.line(&[(plane.left, y), (plane.right, y)], RULE, 0.5);
        sheet.write_before(&label, plane.left - 6.0, y + 3.0, 8.0, MUTED);
    }
    let mut dates = Vec::from_iter(analysis.history.first().map(|point| point.date));
    dates.push(analysis.as_of);
    if let Some(forecast) = &analysis.forecast {
        let start = (analysis.as_of, analysis.last_close);
        let from_close = |prices: &[f64]| -> Vec<(f32, f32)> {
            let days = forecast.dates.iter().copied().zip(prices.iter().copied());
            std::iter::once(start)
                .chain(days)
                .map(|point| plane.point(point))
                .collect()
        };
        for (low, high, opacity) in [("0.1", "0.9", 0.16), ("0.25", "0.75", 0.24)] {
            if let (Some(low), Some(high)) = (forecast.quantiles.get(low), forecast.quantiles.get(high)) {
                let mut around = from_close(high);
                around.extend(from_close(low).into_iter().rev());
                sheet.area(&around, FORECAST, opacity);
            }
        }
        sheet.line(&from_close(&forecast.median), FORECAST, 1.4);
        dates.extend(forecast.dates.last());
    }
    let closes: Vec<(f32, f32)> = analysis
        .history
        .iter()
        .map(|point| plane.point((point.date, point.close)))
        .collect();
    sheet.line(&closes, CLOSES, 1.1);
    let today = plane.point((analysis.as_of, plane.low)).0;
    sheet.line(&[(today, plane.top), (today, plane.bottom)], MUTED, 0.5);
    let mut reached = f32::MIN;
    for date in dates {
        let text = date.to_string();
        let half = sheet.font().width(&text, 7.0) / 2.0;
        let x = plane
            .point((date, plane.low))
            .0
            .clamp(plane.left + half, plane.right - half);
        if x - half > reached + 2.0 {
            sheet.write(&text, x - half, plane.bottom + 12.0, 7.0, MUTED);
            reached = x + half;
        }
    }
    sheet.at = plane.bottom + 30.0;
    let mut x = plane.left;
    for (ink, text) in [
        (CLOSES, "close"),
        (FORECAST, "median forecast, with its 50% and 80% bands"),
    ] {
        sheet.line(&[(x, sheet.at - 3.0), (x + 14.0, sheet.at - 3.0)], ink, 2.0);
        sheet.write(text, x + 19.0, sheet.at, 8.5, INK);
        x += 19.0 + sheet.font().width(text, 8.5) + 18.0;
    }
}

/// From days and prices to places on the page.
struct Plane {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    first: NaiveDate,
    days: f32,
    low: f64,
    high: f64,
}

impl Plane {
    fn new(analysis: &Analysis, top: f32) -> Option<Plane> {
        let first = analysis.history.first()?.date;
        let last = analysis
            .forecast
            .as_ref()
            .and_then(|forecast| forecast.dates.last().copied())
            .unwrap_or(analysis.as_of);
        let band = analysis.forecast.iter().flat_map(|forecast| {
            let of = |level: &str| forecast.quantiles.get(level).cloned().unwrap_or_default();
            [of("0.1"), of("0.9"), forecast.median.clone()].concat()
        });
        let prices: Vec<f64> = analysis
            .history
            .iter()
            .map(|point| point.close)
            .chain(band)
            .filter(|price| price.is_finite())
            .collect();
        let (low, high) = prices
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &price| {
                (low.min(price), high.max(price))
            });
        let room = ((high - low) * 0.06).max(high.abs() * 1e-3);
        Some(Plane {
            left: MARGIN + LABELS,
            right: WIDTH - MARGIN,
            top,
            bottom: top + HEIGHT,
            first,
            days: ((last - first).num_days().max(1)) as f32,
            low: (low - room).max(0.0),
            high: high + room,
        })
    }

    fn y(&self, price: f64) -> f32 {
        let share = (price - self.low) / (self.high - self.low);
        self.bottom - share.clamp(0.0, 1.0) as f32 * (self.bottom - self.top)
    }

    fn point(&self, (date, price): (NaiveDate, f64)) -> (f32, f32) {
        let share = (date - self.first).num_days() as f32 / self.days;
        (self.left + share * (self.right - self.left), self.y(price))
    }
}
