//! The tickers of a command: from the arguments, a file and standard input, without duplicates and in their order.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, anyhow};
use clap::Args;
use tokio::runtime::Runtime;

use super::ending::wrong_use;
use super::names::Names;
use super::sources::SourceArgs;
use crate::config::Config;
use crate::market::{Ticker, TickerError, demo_tickers};
use crate::run::{Asked, Sources};

/// Selects the tickers, and whether a failure stops the others.
#[derive(Debug, Args)]
pub struct TickerArgs {
    /// Symbols, Yahoo Finance links, or names of companies; `-` reads them from standard input, one on a line
    #[arg(required_unless_present = "universe", value_name = "TICKER")]
    tickers: Vec<Named>,

    /// Read more symbols from a file, one on a line; # begins a comment; a line [NAME] begins a group; `-` is standard input
    #[arg(long, value_name = "FILE")]
    universe: Option<PathBuf>,

    /// Number of tickers whose prices and headlines are fetched at the same time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    gather: u16,

    /// Stop at the first ticker that fails instead of continuing with the others
    #[arg(long)]
    pub strict: bool,
}

/// A ticker argument.
#[derive(Debug, Clone)]
enum Named {
    /// A symbol, and the text that was given.
    Ticker(Ticker, String),
    /// A text that is no symbol and can be a company's name.
    Name(String),
    StandardInput,
}

impl FromStr for Named {
    type Err = TickerError;

    fn from_str(text: &str) -> Result<Self, TickerError> {
        if text == "-" {
            return Ok(Named::StandardInput);
        }
        match Ticker::parse(text) {
            Ok(ticker) => Ok(Named::Ticker(ticker, text.trim().to_owned())),
            Err(TickerError::Character { .. } | TickerError::TooLong { .. }) if is_name(text) => {
                Ok(Named::Name(text.trim().to_owned()))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a text has letters and nothing that no company's name has.
fn is_name(text: &str) -> bool {
    const LONGEST: usize = 80;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '&' | '\'' | '’' | '-' | '(' | ')');
    text.chars().count() <= LONGEST && text.chars().all(fits) && text.contains(char::is_alphabetic)
}

impl TickerArgs {
    /// Opens the sources and reads the tickers; a table of prices must have bars of at least one.
    ///
    /// # Errors
    ///
    /// Those of [`SourceArgs::open`] and [`TickerArgs::asked`].
    pub fn with_sources(
        &self,
        from: &SourceArgs,
        config: &Config,
        runtime: &Runtime,
    ) -> anyhow::Result<(Sources, Vec<Asked>)> {
        let opened = from.open(config)?;
        let tickers = self.asked(config, runtime, &opened.sources, from.read_input())?;
        opened.check(&tickers)?;
        Ok((opened.sources, tickers))
    }

    /// The tickers without duplicates; names of companies are looked up, at Yahoo too where `sources` ask it. A line that is not a
    /// ticker is included with the reason, so that only it fails.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, when a name means no company or several, or when there is no ticker.
    pub fn asked(
        &self,
        config: &Config,
        runtime: &Runtime,
        sources: &Sources,
        input_is_read: bool,
    ) -> anyhow::Result<Vec<Asked>> {
        let reads_input = |named: &Named| matches!(named, Named::StandardInput);
        let mut from_input = self.tickers.iter().any(reads_input);
        let names = Names {
            config,
            runtime,
            online: sources.market.iter().any(|source| source.origin().is_some()),
            can_ask: !input_is_read && !from_input && self.universe.as_deref() != Some(Path::new("-")),
        };
        let mut asked = Vec::new();
        for named in &self.tickers {
            let ticker = match named {
                Named::Ticker(ticker, text) => {
                    if let Some(notice) = Ticker::notice(text) {
                        anstream::eprintln!("{notice}");
                    }
                    names.instead(text, ticker)?.unwrap_or_else(|| ticker.clone())
                }
                Named::Name(name) => names.ticker(name)?,
                Named::StandardInput => continue,
            };
            asked.push(Asked {
                text: ticker.to_string(),
                ticker: Ok(ticker),
                group: None,
            });
        }
        if let Some(path) = &self.universe {
            if path == Path::new("-") {
                from_input = true;
            } else {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
                let text = text.map_err(wrong_use)?;
                asked.extend(lines(&text, &path.display().to_string()));
            }
        }
        if from_input && input_is_read {
            return Err(wrong_use(anyhow!(
                "standard input can be read once: name the tickers, or a file for the data"
            )));
        }
        if from_input {
            let text = std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?;
            asked.extend(lines(&text, "standard input"));
        }
        let asked = each_once(asked);
        anyhow::ensure!(
            !asked.is_empty(),
            "there are no tickers; give at least one, or a --universe file that contains some"
        );
        Ok(asked)
    }

    /// Whether neither an argument nor a file names a ticker.
    pub fn is_empty(&self) -> bool {
        self.tickers.is_empty() && self.universe.is_none()
    }

    /// Number of tickers to fetch at the same time.
    pub fn at_once(&self) -> usize {
        self.gather.into()
    }
}

/// The tickers of the bundled data.
pub fn demo() -> Vec<Asked> {
    let tickers = demo_tickers().into_iter();
    tickers
        .map(|ticker| Asked {
            text: ticker.to_owned(),
            ticker: Ticker::parse(ticker),
            group: None,
        })
        .collect()
}

/// Parses the lines of a file. A line in square brackets is a heading: it names the group of the tickers below it. A line that is no
/// ticker is named by its number.
pub(super) fn lines(text: &str, source: &str) -> impl Iterator<Item = Asked> {
    let symbols = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let numbered = (1..).zip(symbols).filter(|(_, symbol)| !symbol.is_empty());
    let mut group = None;
    numbered.filter_map(move |(number, symbol): (usize, &str)| {
        if let Some(heading) = symbol.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = Some(heading.trim().to_owned()).filter(|heading| !heading.is_empty());
            return None;
        }
        let ticker = Ticker::parse(symbol);
        Some(Asked {
            text: match &ticker {
                Ok(ticker) => ticker.to_string(),
                Err(_) => format!("line {number} of {source}"),
            },
            ticker,
            group: group.clone(),
        })
    })
}

/// The groups of tickers that headings name, in their order.
pub(super) fn groups(asked: &[Asked]) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for one in asked {
        let Some(name) = &one.group else { continue };
        match groups.iter_mut().find(|(group, _)| group == name) {
            Some((_, tickers)) => tickers.push(one.text.clone()),
            None => groups.push((name.clone(), vec![one.text.clone()])),
        }
    }
    groups
}

/// Removes duplicates and keeps the first of each.
fn each_once(mut asked: Vec<Asked>) -> Vec<Asked> {
    let mut seen = HashSet::new();
    asked.retain(|asked| {
        seen.insert(match &asked.ticker {
            Ok(ticker) => ticker.to_string(),
            Err(_) => asked.text.clone(),
        })
    });
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_ticker_a_line_comments_and_what_is_no_ticker() {
        let text = "\u{feff}AAPL\n# the rest\n\n  ibm  # by hand\nnot a ticker\nIBM\r\n";
        let asked = each_once(lines(text, "list.txt").collect());
        let texts: Vec<&str> = asked.iter().map(|asked| asked.text.as_str()).collect();
        assert_eq!(texts, ["AAPL", "IBM", "line 5 of list.txt"]);
        let readable: Vec<bool> = asked.iter().map(|asked| asked.ticker.is_ok()).collect();
        assert_eq!(readable, [true, true, false]);
    }

    #[test]
    fn an_argument_is_a_symbol_a_name_or_wrong() {
        let read = |text: &str| text.parse::<Named>();
        assert!(matches!(read("nvda"), Ok(Named::Ticker(ticker, _)) if ticker.as_str() == "NVDA"));
        assert!(matches!(read("brk.b"), Ok(Named::Ticker(ticker, _)) if ticker.as_str() == "BRK-B"));
        for name in [
            "Plug Power",
            " Société Générale ",
            "McDonald's",
            "Procter & Gamble Co. (The)",
        ] {
            assert!(
                matches!(read(name), Ok(Named::Name(text)) if text == name.trim()),
                "{name}"
            );
        }
        for wrong in [
            "",
            "not a ticker!",
            "a\u{7}b c",
            "https://example.org/quote/A",
            "..",
            &"name ".repeat(20),
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn headings_name_the_groups_of_the_tickers_below_them() {
        let text = "SPY\n[banks]\nJPM\nC # by hand\n[ oil ]\nXOM\n[banks]\nBAC\n[]\nGE\n";
        let asked = each_once(lines(text, "list.txt").collect());
        let group = |name: &str, tickers: &[&str]| -> (String, Vec<String>) {
            (name.to_owned(), tickers.iter().map(|one| (*one).to_owned()).collect())
        };
        assert_eq!(
            groups(&asked),
            [group("banks", &["JPM", "C", "BAC"]), group("oil", &["XOM"])]
        );
        assert_eq!(asked.len(), 6);
    }
}
