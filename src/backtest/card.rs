//! The figures of a backtest over many tickers in the form that a model's manifest states them: nobody copies a figure by hand.

use std::fmt::Write;

use serde::Serialize;

use super::overall::{CONE, Overall};
use crate::models::Measured;
use crate::render::clean;

/// The figures over all tickers, one entry for each number of days; those that lack a figure are left out.
pub fn measured(overall: &Overall) -> Vec<Measured> {
    let Some(all) = overall.groups.last() else {
        return Vec::new();
    };
    let entries = all.horizons.iter().filter_map(|figures| {
        Some(Measured {
            horizon: figures.days,
            windows: all.windows,
            tickers: all.tickers,
            from: all.from,
            until: all.until,
            error_to_naive: rounded(figures.error_to_naive?.value),
            p_value: figures.p_value.map(rounded),
            coverage80: rounded(figures.coverage80?.value),
            crps_to_cone: rounded(figures.crps_to.get(CONE)?.value),
        })
    });
    entries.collect()
}

/// The entries as a part of a manifest.
///
/// # Errors
///
/// When TOML cannot write a figure.
pub fn card(overall: &Overall) -> Result<String, toml::ser::Error> {
    #[derive(Serialize)]
    struct Part {
        measured: Vec<Measured>,
    }
    let mut text = String::new();
    let model = overall.forecaster.as_ref().map_or("", |model| model.id.as_str());
    let _ = writeln!(
        text,
        "# {} in {}, {} paths over {} closes, as `tripod backtest` measured it.",
        clean(model),
        clean(&overall.prompt_format),
        overall.samples,
        overall.context
    );
    text.push_str(&toml::to_string(&Part {
        measured: measured(overall),
    })?);
    Ok(text)
}

/// Four decimals: more say nothing.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
