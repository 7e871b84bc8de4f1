//! The sources of bars and headlines that a command names. Files of the user's are read here, before anything runs.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;

use super::ending::wrong_use;
use crate::config::Config;
use crate::market::{BarSources, CsvOptions, CsvTable, DemoBars, Folder};
use crate::news::{NewsSources, OwnHeadlines};
use crate::run::{Asked, Sources};

/// The path that stands for standard input.
const INPUT: &str = "-";

/// Sources of bars and headlines.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Use the bundled prices and illustrative headlines of AAPL, IBM, MSFT and GOOG
    #[arg(long, conflicts_with_all = ["csv", "headlines"])]
    demo: bool,

    /// Read bars from a CSV file with a date and a close column, such as the exports of yfinance, TradingView and Investing.com; from a
    /// folder with one file TICKER.csv a ticker; - is standard input
    #[arg(long, value_name = "FILE|DIR")]
    csv: Option<PathBuf>,

    /// Read headlines from a JSON, JSON Lines, CSV or text file, - for standard input, instead of the news services
    #[arg(long, value_name = "FILE")]
    headlines: Option<PathBuf>,
}

/// Sources whose files were read.
pub struct Opened {
    /// The sources.
    pub sources: Sources,
    table: Option<CsvTable>,
}

impl SourceArgs {
    /// Whether the bundled data were asked for.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Whether a file is standard input.
    pub fn read_input(&self) -> bool {
        [&self.csv, &self.headlines]
            .into_iter()
            .flatten()
            .any(|path| is_input(path))
    }

    /// Reads the files and chooses the sources.
    ///
    /// # Errors
    ///
    /// [`Ending::WrongUse`](super::ending::Ending::WrongUse) for a file that cannot be read or is of the wrong kind.
    pub fn open(&self, config: &Config) -> anyhow::Result<Opened> {
        if let (Some(csv), Some(headlines)) = (&self.csv, &self.headlines)
            && is_input(csv)
            && is_input(headlines)
        {
            return Err(wrong_use(anyhow!(
                "standard input can be read once: name a file for --csv or for --headlines"
            )));
        }
        let mut table = None;
        let market = match &self.csv {
            Some(path) if path.is_dir() => BarSources::only(Folder(path.clone())),
            Some(path) => {
                let found = open_table(path)?;
                table = Some(found.clone());
                BarSources::only(found)
            }
            None if self.demo => BarSources::only(DemoBars),
            None => config.bars.clone(),
        };
        let news = match &self.headlines {
            Some(path) => NewsSources {
                file: Some(Arc::new(open_headlines(path)?)),
                ..NewsSources::default()
            },
            None if self.demo => NewsSources {
                demo: true,
                ..NewsSources::default()
            },
            None => config.news.clone(),
        };
        let are_live = !self.demo && self.csv.is_none();
        let sources = Sources {
            client: config.client.clone(),
            market,
            cache: Some(config.market_cache.clone()),
            fundamentals: are_live.then(|| config.fundamentals.clone()),
            news,
            repair: config.repair,
        };
        Ok(Opened { sources, table })
    }
}

impl Opened {
    /// Checks that the table of prices has bars of at least one of the tickers.
    ///
    /// # Errors
    ///
    /// [`Ending::WrongUse`](super::ending::Ending::WrongUse) with what is wrong in it.
    pub fn check(&self, tickers: &[Asked]) -> anyhow::Result<()> {
        let Some(table) = &self.table else { return Ok(()) };
        let mut complaint = None;
        for ticker in tickers.iter().filter_map(|asked| asked.ticker.as_ref().ok()) {
            match table.series(ticker) {
                Ok(_) => return Ok(()),
                Err(error) => complaint = complaint.or(Some(error)),
            }
        }
        complaint.map_or(Ok(()), |error| Err(wrong_use(error)))
    }
}

fn open_table(path: &Path) -> anyhow::Result<CsvTable> {
    let opened = if is_input(path) {
        CsvTable::from_reader(input("prices"), CsvOptions::new("standard input"))
    } else {
        CsvOptions::new(path).open()
    };
    opened.map_err(wrong_use)
}

fn open_headlines(path: &Path) -> anyhow::Result<OwnHeadlines> {
    let opened = if is_input(path) {
        OwnHeadlines::from_reader(input("headlines"), Path::new("standard input"))
    } else {
        OwnHeadlines::open(path)
    };
    opened.map_err(wrong_use)
}

/// Standard input; on a terminal a note says what is waited for.
fn input(what: &str) -> std::io::StdinLock<'static> {
    let input = std::io::stdin().lock();
    if input.is_terminal() {
        anstream::eprintln!("reading {what} from standard input; Ctrl-D ends them");
    }
    input
}

fn is_input(path: &Path) -> bool {
    path == Path::new(INPUT)
}
