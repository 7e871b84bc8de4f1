//! The ranking of a batch: analyses come in one by one, a table of the first N by one figure goes out. Keeps one row an analysis.

use std::cmp::Ordering;

use clap::ValueEnum;
use serde::Serialize;

use crate::analysis::Analysis;
use crate::backtest::figure_table;
use crate::grounding::{Call, percent, price};
use crate::render;

/// The figure that a ranking is by; the highest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[value(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RankBy {
    /// The forecast's return up to its last day
    ExpectedReturn,
    /// The volatility of the last 21 days, a year
    Volatility,
    /// The news: share of positive headlines less that of negative ones
    Sentiment,
}

/// What a ranking shows of an analysis.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    ticker: String,
    company: Option<String>,
    last_close: f64,
    currency: String,
    /// The figure that the ranking is by.
    value: f64,
    expected_return: Option<f64>,
    volatility: Option<f64>,
    sentiment: Option<f64>,
    call: Option<Call>,
    reliable: Option<bool>,
}

/// The analyses of a batch, ranked.
#[derive(Debug)]
pub struct Ranking {
    by: RankBy,
    shown: usize,
    rows: Vec<Row>,
    /// Analyses that lack the figure.
    without: usize,
}

impl Ranking {
    /// The first `shown` by a figure.
    pub fn new(by: RankBy, shown: usize) -> Self {
        Self {
            by,
            shown,
            rows: Vec::new(),
            without: 0,
        }
    }

    /// Takes an analysis in.
    pub fn add(&mut self, analysis: &Analysis) {
        let forecast = analysis.forecast.as_ref();
        let expected_return = forecast.map(|forecast| forecast.expected_return);
        let volatility = analysis.features.volatility_annual;
        let sentiment = analysis
            .sentiment
            .as_ref()
            .filter(|sentiment| !sentiment.headlines.is_empty())
            .map(|sentiment| sentiment.net_score);
        let value = match self.by {
            RankBy::ExpectedReturn => expected_return,
            RankBy::Volatility => volatility,
            RankBy::Sentiment => sentiment,
        };
        let Some(value) = value.filter(|value| value.is_finite()) else {
            self.without += 1;
            return;
        };
        self.rows.push(Row {
            ticker: analysis.ticker.clone(),
            company: analysis.company.clone(),
            last_close: analysis.last_close,
            currency: analysis.currency.clone(),
            value,
            expected_return,
            volatility,
            sentiment,
            call: analysis.stance.as_ref().map(|stance| stance.call),
            reliable: forecast.map(|forecast| forecast.reliable),
        });
        // Twice as many as are shown are kept at most, so that memory does not grow with the batch.
        if self.rows.len() >= 2 * self.shown.max(32) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.rows.sort_by(|a, b| {
            let highest_first = b.value.partial_cmp(&a.value).unwrap_or(Ordering::Equal);
            highest_first.then_with(|| a.ticker.cmp(&b.ticker))
        });
        self.rows.truncate(self.shown);
    }

    /// The table with its heading.
    pub fn text(mut self) -> String {
        self.cut();
        let by = match self.by {
            RankBy::ExpectedReturn => "expected return",
            RankBy::Volatility => "volatility",
            RankBy::Sentiment => "sentiment",
        };
        let mut table = figure_table(&[
            "",
            "ticker",
            "close",
            "expected return",
            "volatility",
            "sentiment",
            "call",
        ]);
        let fraction = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
        for (rank, row) in (1..).zip(&self.rows) {
            let unsure = if row.reliable == Some(false) { " *" } else { "" };
            table.add_row([
                rank.to_string(),
                render::clean(&row.ticker),
                price(row.last_close, &row.currency),
                format!("{}{unsure}", fraction(row.expected_return)),
                row.volatility
                    .map_or_else(|| "–".to_owned(), |year| format!("{:.1}%", year * 100.0)),
                row.sentiment
                    .map_or_else(|| "–".to_owned(), |score| format!("{score:+.2}")),
                row.call.map_or("–", Call::printed).to_owned(),
            ]);
        }
        let mut text = format!("The first {} by {by}\n{table}\n", self.rows.len());
        if self.rows.iter().any(|row| row.reliable == Some(false)) {
            text += "* the forecast is not reliable: see the analysis for the reason\n";
        }
        if self.without > 0 {
            text += &format!("{} of the analyses have no {by} and are left out\n", self.without);
        }
        text
    }

    /// One line of JSON.
    ///
    /// # Errors
    /// Never for these types.
    pub fn json(mut self) -> serde_json::Result<String> {
        self.cut();
        let ranking = serde_json::json!({
            "object": "ranking",
            "by": self.by,
            "rows": self.rows,
            "left_out": self.without,
        });
        Ok(serde_json::to_string(&ranking)? + "\n")
    }
}
