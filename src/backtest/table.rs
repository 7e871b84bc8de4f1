//! Backtests and ablations as text for people: a table, followed by the test results in sentences. Pure.

use std::fmt::Write;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table, TableComponent};

use super::compare::Ablation;
use super::result::{Backtest, NAIVE};
use super::stance::in_words;
use super::window::ScoredWindow;
use crate::grounding::amount;
use crate::render::clean;
use crate::scoring::{ALPHA, Metrics};

/// The baselines from the simplest to the most elaborate.
const BASELINES: [(&str, &str); 9] = [
    (NAIVE, "naive"),
    ("drift", "drift"),
    ("seasonal_naive", "seasonal naive"),
    ("ar1", "AR(1)"),
    ("volatility_cone", "volatility cone"),
    ("cone97", "cone, λ = 0.97"),
    ("cone_drift", "cone, model's drift"),
    ("garch_t", "GARCH-t"),
    ("ets", "ETS"),
];

/// The table of one backtest.
pub fn backtest_table(backtest: &Backtest) -> String {
    let mut text = String::new();
    let company = backtest.company.as_deref().map(|name| format!(", {}", clean(name)));
    let last = backtest.windows.last().map_or(backtest.from, |window| window.as_of);
    let windows = if backtest.origins == 1 {
        format!("one window of {} trading days, split on {last}", backtest.horizon)
    } else {
        format!(
            "{} windows of {} trading days, split from {} to {last}",
            backtest.origins, backtest.horizon, backtest.from
        )
    };
    let _ = writeln!(
        text,
        "{}{}: {windows}, prices in {}",
        backtest.ticker,
        company.unwrap_or_default(),
        backtest.currency,
    );
    if let Some(model) = &backtest.forecaster {
        let _ = writeln!(
            text,
            "{} asked in {}: {} paths over {} closes",
            clean(&model.id),
            backtest.prompt_format,
            backtest.samples,
            backtest.context
        );
    }
    let mut table = figure_table(&[
        "",
        "MAE",
        "RMSE",
        "MAPE %",
        "sMAPE %",
        "MASE",
        "days %",
        "horizon %",
        "pinball",
        "CRPS",
        "in 50/80/90 %",
        "80% wide",
    ]);
    table.add_row(row("model", &backtest.model));
    for (key, name) in BASELINES {
        if let Some(metrics) = backtest.baselines.get(key) {
            let mut cells = row(name, metrics);
            // These baselines forecast no change, so they have no directional accuracy.
            if matches!(key, NAIVE | "volatility_cone" | "cone97" | "garch_t") {
                for cell in cells.iter_mut().skip(6).take(2) {
                    "–".clone_into(cell);
                }
            }
            table.add_row(cells);
        }
    }
    let _ = writeln!(text, "{table}");
    for line in findings(backtest) {
        let _ = writeln!(text, "{line}");
    }
    for warning in &backtest.warnings {
        let _ = writeln!(text, "! {}", clean(warning));
    }
    text
}

/// The test results in sentences.
fn findings(backtest: &Backtest) -> Vec<String> {
    let mut lines = Vec::new();
    let naive = backtest.baselines.get(NAIVE);
    let against = naive.map(|naive| {
        let change = (backtest.model.mae / naive.mae - 1.0) * 100.0;
        let word = if change < 0.0 { "below" } else { "above" };
        format!(
            "its mean absolute error is {:.1} % {word} the naive forecast's",
            change.abs()
        )
    });
    let verdict = backtest.verdict.map_or_else(
        || "No verdict: too few windows".to_owned(),
        |verdict| format!("Verdict: {}", verdict.as_str()),
    );
    let p = backtest.significance.diebold_mariano.as_ref().map(|test| {
        let corrected = if (test.p_holm - test.p_value).abs() > 1e-12 {
            format!(", {} after Holm", p_value(test.p_holm))
        } else {
            String::new()
        };
        format!(
            " (Diebold–Mariano {:.2}, {}{corrected})",
            test.statistic,
            p_value(test.p_value)
        )
    });
    lines.push(format!(
        "{}. {}{}.",
        verdict,
        against.map_or_else(|| "There is no naive forecast to compare with".to_owned(), sentence),
        p.unwrap_or_default()
    ));
    if let Some(intervals) = &backtest.intervals {
        let difference = intervals.mae_difference;
        lines.push(format!(
            "The difference of the errors lies between {} and {} (95 %, block bootstrap).",
            signed(difference.low),
            signed(difference.high)
        ));
    }
    let closer = backtest.windows.iter().filter(|window| {
        let naive = window.baselines.get(NAIVE);
        naive.is_some_and(|naive| window.metrics.mae < naive.mae)
    });
    if backtest.origins > 1 {
        lines.push(format!(
            "It was closer than naive in {} of {} windows.",
            closer.count(),
            backtest.origins
        ));
        let ends = |last: Option<&f64>, window: &ScoredWindow| last.is_some_and(|close| *close > window.last_close);
        let up = |came: bool| {
            let windows = backtest.windows.iter();
            windows
                .filter(|window| ends(if came { &window.truth } else { &window.median }.last(), window))
                .count()
        };
        lines.push(format!(
            "Its median pointed up in {} of them, and the price rose in {}.",
            up(false),
            up(true)
        ));
    }
    if let Some(test) = &backtest.significance.pesaran_timmermann {
        let told = if test.p_holm < ALPHA {
            "better than chance"
        } else {
            "no better than chance"
        };
        lines.push(format!(
            "The direction over the horizon is predicted {told} (Pesaran–Timmermann {:.2}, {}, {} windows that do not overlap).",
            test.statistic,
            p_value(test.p_value),
            test.windows
        ));
    }
    lines.extend(backtest.stance.iter().flat_map(in_words));
    lines
}

/// The difference of two errors, in price units.
fn signed(difference: f64) -> String {
    let sign = if difference.is_sign_negative() { "" } else { "+" };
    format!("{sign}{}", amount(difference, 3))
}

fn sentence(text: String) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".into()
    } else {
        format!("p = {p:.3}")
    }
}

fn row(name: &str, metrics: &Metrics) -> Vec<String> {
    let figure =
        |value: Option<f64>, decimals: usize| value.map_or("–".to_owned(), |value| format!("{value:.decimals$}"));
    let error = |value: Option<f64>, decimals: usize| value.map_or("–".to_owned(), |value| amount(value, decimals));
    let inside: Vec<String> = ["0.5", "0.8", "0.9"]
        .iter()
        .filter_map(|band| metrics.coverage.get(*band).map(|share| format!("{:.0}", share * 100.0)))
        .collect();
    vec![
        name.to_owned(),
        error(Some(metrics.mae), 3),
        error(Some(metrics.rmse), 3),
        figure(metrics.mape, 2),
        figure(Some(metrics.smape), 2),
        figure(metrics.mase, 2),
        figure(Some(metrics.directional_accuracy), 1),
        figure(Some(metrics.horizon_direction), 1),
        error(metrics.pinball, 3),
        error(metrics.crps, 3),
        if inside.is_empty() {
            "–".into()
        } else {
            inside.join("/")
        },
        error(metrics.width.get("0.8").copied(), 2),
    ]
}

/// The table of an ablation.
pub fn ablation_table(ablation: &Ablation) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} windows of {} trading days of {}, the same for every format; errors as per cent of the last close",
        ablation.windows,
        ablation.horizon,
        ablation.tickers.join(", ")
    );
    let mut formats = figure_table(&[
        "format",
        "tokens",
        "MAE %",
        "naive %",
        "MASE",
        "days %",
        "horizon %",
        "in 50/80/90 %",
    ]);
    for format in &ablation.formats {
        let cells = row("", &format.metrics);
        formats.add_row([
            format.format.clone(),
            format!("{:.0}", format.prompt_tokens),
            format!("{:.3}", format.relative_mae * 100.0),
            format
                .naive_relative_mae
                .map_or("–".to_owned(), |naive| format!("{:.3}", naive * 100.0)),
            cells[5].clone(),
            cells[6].clone(),
            cells[7].clone(),
            cells[10].clone(),
        ]);
    }
    let _ = writeln!(text, "{formats}");
    let mut pairs = figure_table(&["pair", "difference of MAE %", "Diebold–Mariano", "p", "p after Holm"]);
    for pair in &ablation.pairs {
        let figure = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
        pairs.add_row([
            format!("{} − {}", pair.first, pair.second),
            format!("{:+.3}", pair.difference * 100.0),
            figure(pair.statistic),
            figure(pair.p_value),
            figure(pair.p_holm),
        ]);
    }
    let _ = writeln!(text, "{pairs}");
    text
}

/// A table of figures with a header; all columns except the first are right-aligned.
pub fn figure_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(UTF8_HORIZONTAL_ONLY)
        .remove_style(TableComponent::HorizontalLines)
        .remove_style(TableComponent::LeftBorderIntersections)
        .remove_style(TableComponent::RightBorderIntersections)
        .remove_style(TableComponent::MiddleIntersections)
        .set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
