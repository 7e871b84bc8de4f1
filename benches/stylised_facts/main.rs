//! The stylised facts of the bundled prices and of the simulated mix, side by side, by the same formulas. Prints the tables of
//! docs/datasets.md as Markdown and draws docs/img/stylised-facts.svg (or the file named as the argument). Reads no network.
//!
//! `cargo bench --bench stylised_facts`

mod measure;
mod picture;

use std::path::PathBuf;

use anyhow::Context;
use tripod::market::simulate::{Mix, ProcessName, draw};
use tripod::market::{Ticker, demo_series};

use measure::{Facts, quantile};

/// The tickers with bundled prices.
const STOCKS: [&str; 4] = ["AAPL", "GOOG", "IBM", "MSFT"];

/// Simulated series: as long as the bundled ones.
const SERIES: u64 = 1_000;
const DAYS: usize = 3_270;

/// Series of each process alone, for the second table.
const SERIES_OF_ONE: u64 = 200;

/// A column: its heading, its decimals, and its figure of one series.
type Figure = (&'static str, usize, fn(&Facts) -> f64);

const FIGURES: [Figure; 15] = [
    ("daily standard deviation, %", 2, |facts| 100.0 * facts.deviation),
    ("skewness", 2, |facts| facts.skewness),
    ("kurtosis, 1 day", 1, |facts| facts.kurtosis[0]),
    ("kurtosis, 5 days", 1, |facts| facts.kurtosis[1]),
    ("kurtosis, 20 days", 1, |facts| facts.kurtosis[3]),
    ("tail index, largest 5 %", 2, |facts| facts.tail_index),
    ("autocorrelation of returns, 1 day", 3, |facts| facts.returns[0]),
    ("of returns, 5 days", 3, |facts| facts.returns[4]),
    ("of absolute returns, 1 day", 3, |facts| facts.absolute[0]),
    ("of absolute returns, 20 days", 3, |facts| facts.absolute[19]),
    ("of absolute returns, 100 days", 3, |facts| facts.absolute[99]),
    ("of squared returns, 1 day", 3, |facts| facts.squared[0]),
    ("of squared returns, 20 days", 3, |facts| facts.squared[19]),
    ("leverage, 1 day", 3, |facts| facts.leverage[0]),
    ("leverage, mean of 1 to 10 days", 3, |facts| {
        facts.leverage[..10].iter().sum::<f64>() / 10.0
    }),
];

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench` to the arguments.
    let path = std::env::args_os()
        .skip(1)
        .find(|argument| argument != "--bench")
        .map_or_else(|| PathBuf::from("docs/img/stylised-facts.svg"), PathBuf::from);
    let stocks = STOCKS
        .into_iter()
        .map(|stock| Ok((stock, Facts::of(&demo_series(&Ticker::parse(stock)?)?.closes()))))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mix = simulated(&Mix::default(), SERIES);
    println!(
        "{SERIES} series of {DAYS} closes of the mix, seeds 0 to {}:\n",
        SERIES - 1
    );
    print_comparison(&stocks, &mix);
    println!("\nMedians of {SERIES_OF_ONE} series of each process:\n");
    print_processes();
    picture::draw(&path, &stocks, &mix).with_context(|| format!("{} cannot be drawn", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn simulated(mix: &Mix, series: u64) -> Vec<Facts> {
    let mut closes = Vec::new();
    (0..series)
        .map(|seed| {
            draw(mix, seed, DAYS, &mut closes);
            Facts::of(&closes)
        })
        .collect()
}

/// One row a figure: the stocks, then the median of the mix and the range of its middle 80 %.
fn print_comparison(stocks: &[(&str, Facts)], mix: &[Facts]) {
    let names: Vec<&str> = stocks.iter().map(|(name, _)| *name).collect();
    println!("| | {} | mix: median | 10 % to 90 % |", names.join(" | "));
    println!("|---|{}", "---:|".repeat(stocks.len() + 2));
    for (heading, decimals, figure) in FIGURES {
        let real: Vec<String> = stocks
            .iter()
            .map(|(_, facts)| number(figure(facts), decimals))
            .collect();
        let at = |share| number(quantile(mix.iter().map(figure), share), decimals);
        println!(
            "| {heading} | {} | {} | {} to {} |",
            real.join(" | "),
            at(0.5),
            at(0.1),
            at(0.9)
        );
    }
}

/// One row a process, with its share of the mix and some of the figures.
fn print_processes() {
    let shown: Vec<&Figure> = [0, 2, 4, 5, 6, 8, 9, 14].into_iter().map(|at| &FIGURES[at]).collect();
    let headings: Vec<&str> = shown.iter().map(|(heading, ..)| *heading).collect();
    println!("| process | share, % | {} |", headings.join(" | "));
    println!("|---|{}", "---:|".repeat(shown.len() + 1));
    for (name, share) in Mix::default().shares() {
        let series = simulated(&Mix::only(name), SERIES_OF_ONE);
        let medians: Vec<String> = shown
            .iter()
            .map(|(_, decimals, figure)| number(quantile(series.iter().map(figure), 0.5), *decimals))
            .collect();
        println!("| {} | {:.0} | {} |", spelled(name), 100.0 * share, medians.join(" | "));
    }
}

fn spelled(name: ProcessName) -> String {
    format!("`{name}`")
}

/// With a true minus sign, and no minus before a zero.
fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|digit| matches!(digit, '0' | '.')) => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}
