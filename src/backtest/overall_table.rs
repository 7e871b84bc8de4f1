//! The figures over many tickers as text for people: one table for each number of days, and one for the first day. Pure.

use std::fmt::Write;

use comfy_table::Table;

use super::dates::Figure;
use super::horizon::MODEL;
use super::overall::{CONE, GroupFigures, HorizonFigures, Overall};
use super::table::figure_table;
use crate::render::clean;

/// The tables over all tickers.
pub fn overall_table(overall: &Overall) -> String {
    let mut text = String::new();
    let model = overall
        .forecaster
        .as_ref()
        .map_or("the forecaster", |model| model.id.as_str());
    let _ = writeln!(
        text,
        "{} asked in {}: {} paths over {} closes, windows of {} trading days, {} apart",
        clean(model),
        clean(&overall.prompt_format),
        overall.samples,
        overall.context,
        overall.horizon,
        overall.stride
    );
    let _ = writeln!(text, "{}", windows(&overall.groups));
    let lengths = overall.groups.last().map_or(&[][..], |all| &all.horizons);
    for HorizonFigures { days, .. } in lengths {
        let _ = writeln!(
            text,
            "Days 1 to {days}: the model's error to naive's, and ranked probability scores (CRPS) to each other's\n{}",
            ratios(&overall.groups, *days)
        );
    }
    let _ = writeln!(
        text,
        "The first day: difference of the log losses in nats; below 0 the first of the two is better\n{}",
        log_losses(&overall.groups)
    );
    text.push_str("In brackets 95 % intervals of a block bootstrap over dates, with all tickers of a date together.\n");
    if overall.contaminated {
        text.push_str(
            "! contaminated: the model's training data may hold days it is tested on, so its figures may be memory\n",
        );
    }
    text
}

fn windows(groups: &[GroupFigures]) -> Table {
    let header = [
        "",
        "tickers",
        "windows",
        "from",
        "until",
        "failed",
        "paths",
        "rejected",
        "unparsable",
    ];
    let mut table = figure_table(&header);
    for group in groups {
        table.add_row([
            clean(&group.group),
            group.tickers.to_string(),
            group.windows.to_string(),
            group.from.to_string(),
            group.until.to_string(),
            group.failed.to_string(),
            group.paths.to_string(),
            group.rejected.to_string(),
            group.unparsable.to_string(),
        ]);
    }
    table
}

fn ratios(groups: &[GroupFigures], days: usize) -> Table {
    let mut table = figure_table(&[
        "",
        "error/naive",
        "p",
        "model/cone",
        "model/GARCH-t",
        "model/drifted cone",
        "GARCH-t/cone",
        "cone97/cone",
        "drifted cone/cone",
        "in 80 %",
    ]);
    for group in groups {
        let Some(figures) = group.horizons.iter().find(|figures| figures.days == days) else {
            continue;
        };
        let model = |name: &str| ratio(figures.crps_to.get(name));
        let baseline = |name: &str| ratio(figures.baselines_to_cone.get(name));
        table.add_row([
            clean(&group.group),
            ratio(figures.error_to_naive.as_ref()),
            figures.p_value.map_or("–".to_owned(), |p| format!("{p:.3}")),
            model(CONE),
            model("garch_t"),
            model("cone_drift"),
            baseline("garch_t"),
            baseline("cone97"),
            baseline("cone_drift"),
            shown(figures.coverage80.as_ref(), |share| format!("{:.1}", share * 100.0)),
        ]);
    }
    table
}

fn log_losses(groups: &[GroupFigures]) -> Table {
    let mut table = figure_table(&[
        "",
        "model − GARCH-t",
        "model − EWMA-t",
        "model − cone",
        "GARCH-t − EWMA-t",
        "below the floor",
    ]);
    for group in groups {
        let loss = &group.log_loss;
        let against = |name: &str| shown(loss.model_minus.get(name), |nats| format!("{nats:+.4}"));
        let mean = |name: &str| loss.mean.get(name).map(|figure| figure.value);
        let baselines = mean("garch_t").zip(mean("ewma_t"));
        let floored: Vec<String> = loss
            .floored
            .iter()
            .map(|(name, days)| format!("{} {days}", if name == MODEL { "model" } else { name }))
            .collect();
        table.add_row([
            clean(&group.group),
            against("garch_t"),
            against("ewma_t"),
            against(CONE),
            baselines.map_or("–".to_owned(), |(garch, ewma)| format!("{:+.4}", garch - ewma)),
            if floored.is_empty() {
                "none".to_owned()
            } else {
                floored.join(", ")
            },
        ]);
    }
    table
}

fn ratio(figure: Option<&Figure>) -> String {
    shown(figure, |value| format!("{value:.3}"))
}

fn shown(figure: Option<&Figure>, number: impl Fn(f64) -> String) -> String {
    let Some(figure) = figure else {
        return "–".to_owned();
    };
    match figure.interval {
        Some(interval) => format!(
            "{} ({} to {})",
            number(figure.value),
            number(interval.low),
            number(interval.high)
        ),
        None => number(figure.value),
    }
}
