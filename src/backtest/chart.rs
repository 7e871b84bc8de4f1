//! The Plotly figure of a backtest. For one window: the analysis' chart with the actual prices. For many: for the last day of
//! each window, the forecast beside the actual close.

use super::window::ScoredWindow;
use crate::analysis::{Analysis, Chart, HistoryPoint};
use crate::render::{CLOSE, Figure, MEDIAN, TRUTH, band, dashed, figure, layout, line};

/// The chart of a single window.
pub fn window_figure(analysis: &Analysis, window: &ScoredWindow) -> Chart {
    let came = window.dates.iter().zip(&window.truth);
    let truth: Vec<HistoryPoint> = came.map(|(&date, &close)| HistoryPoint { date, close }).collect();
    figure(&Figure {
        ticker: &analysis.ticker,
        currency: &analysis.currency,
        history: &analysis.history,
        forecast: analysis.forecast.as_ref(),
        headlines: analysis
            .sentiment
            .as_ref()
            .map_or(&[], |sentiment| &sentiment.headlines),
        truth: &truth,
        cautions: &analysis.cautions,
    })
}

/// The chart of many windows: for the last day of each, the actual close, and the median, 80% band and naive forecast made
/// `horizon` trading days before. `cautions` are kept for whoever draws the figure.
pub fn rolling_figure(
    ticker: &str,
    currency: &str,
    horizon: usize,
    windows: &[ScoredWindow],
    cautions: &[String],
) -> Chart {
    let points = |close: &dyn Fn(&ScoredWindow) -> Option<f64>| -> Vec<HistoryPoint> {
        let point = |window: &ScoredWindow| {
            Some(HistoryPoint {
                date: *window.dates.last()?,
                close: close(window)?,
            })
        };
        windows.iter().filter_map(point).collect()
    };
    let quantile = |level: &'static str| move |window: &ScoredWindow| window.quantiles.get(level)?.last().copied();
    let closes = |points: &[HistoryPoint]| points.iter().map(|point| point.close).collect::<Vec<_>>();
    let (low, high) = (points(&quantile("0.1")), points(&quantile("0.9")));
    let days: Vec<_> = low.iter().map(|point| point.date).collect();
    let data = vec![
        band("80% band", 0.2, None, &days, &closes(&low), &closes(&high)),
        dashed(line(
            "Naive forecast",
            CLOSE,
            &points(&|window| Some(window.last_close)),
        )),
        dashed(line(
            "Median forecast",
            MEDIAN,
            &points(&|window| window.median.last().copied()),
        )),
        line("Truth", TRUTH, &points(&|window| window.truth.last().copied())),
    ];
    let title = format!("{ticker}: closes and what was forecast {horizon} trading days before");
    Chart {
        data: data.into(),
        layout: layout(
            &title,
            currency,
            windows.last().map_or(0.0, |window| window.last_close),
            cautions,
        ),
    }
}
