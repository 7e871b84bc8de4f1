//! What a dataset is made of: how many prompts, of which tickers and days, how long, at which prices, of how many tokens. Files go
//! in and numbers come out; of the texts a small sample is held.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::chunk::{Broken, Chunk};
use super::error::DatasetError;
use super::record::Record;
use super::scan::scan;
use super::spread::{Counts, Spread};
use crate::engine::TokenCounter;

/// Tickers that are named.
const NAMED: usize = 10;

/// Parts of a currency unit in which prices are counted.
const PRICE_UNITS: f64 = 10_000.0;

/// What to count besides what costs little.
#[derive(Debug)]
pub struct StatsOptions<'a> {
    /// Counts tokens, if there is one.
    pub counter: Option<&'a TokenCounter>,
    /// Prompts whose tokens are counted.
    pub sample: usize,
    /// Threads that work on a file.
    pub threads: usize,
}

/// The numbers of a dataset.
#[derive(Debug, Serialize)]
pub struct DatasetStats {
    /// Bytes of the files.
    pub bytes: u64,
    /// Prompts in them.
    pub prompts: u64,
    /// Distinct tickers.
    pub tickers: usize,
    /// Those with the most prompts.
    pub most_prompts: Vec<TickerCount>,
    /// The first day of all windows.
    pub from: Option<NaiveDate>,
    /// The last split day.
    pub last_split_day: Option<NaiveDate>,
    /// Years of the split days.
    pub years: Option<Spread>,
    /// Closes in the completions.
    pub horizon: Option<Spread>,
    /// Closes in the prompts.
    pub context: Option<Spread>,
    /// Last closes of the prompts, for formats that write prices as they are; to three significant digits.
    pub last_close: Option<Spread>,
    /// Characters of the prompts.
    pub prompt_characters: Option<Spread>,
    /// Characters of the completions.
    pub completion_characters: Option<Spread>,
    /// Tokens of a sample.
    pub tokens: Option<TokenStats>,
}

/// A ticker and its prompts.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TickerCount {
    /// The ticker.
    pub ticker: String,
    /// How many prompts are of it.
    pub prompts: u64,
}

/// Tokens of a sample of the prompts.
#[derive(Debug, Serialize)]
pub struct TokenStats {
    /// Prompts in the sample.
    pub sample: usize,
    /// Tokens of the prompts.
    pub prompt: Option<Spread>,
    /// Tokens of the completions.
    pub completion: Option<Spread>,
    /// Tokens of both together.
    pub both: Option<Spread>,
}

/// Counts what is in the files. `watch` is told how many prompts are read and returns false to interrupt.
///
/// # Errors
///
/// When a file cannot be read, when a line is not a record, or when the tokenizer fails.
pub fn dataset_stats(
    files: &[PathBuf],
    options: &StatsOptions<'_>,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<DatasetStats, DatasetError> {
    let sample = if options.counter.is_some() { options.sample } else { 0 };
    let mut all = Tally::new(sample);
    let mut bytes = 0;
    for file in files {
        bytes += std::fs::metadata(file).map_err(DatasetError::read(file))?.len();
        let ending = scan(
            file,
            options.threads,
            |chunk| Tally::of(&chunk, sample, file),
            |tally| {
                all.merge(tally?);
                if watch(all.prompts) {
                    return Ok(());
                }
                Err(DatasetError::Choice("interrupted".to_owned()))
            },
        )?;
        ending.map_err(|broken| broken.into_error(file))?;
    }
    let tokens = options.counter.map(|counter| tokens(&all, counter)).transpose()?;
    Ok(all.stats(bytes, tokens))
}

/// What was counted.
struct Tally {
    prompts: u64,
    tickers: HashMap<String, u64>,
    from: Option<NaiveDate>,
    last_split_day: Option<NaiveDate>,
    years: Counts,
    horizon: Counts,
    context: Counts,
    last_close: Counts,
    prompt_characters: Counts,
    completion_characters: Counts,
    /// Prompts and completions whose hashes are the smallest of all: a sample that depends neither on the order of the file nor
    /// on the threads.
    sample: BinaryHeap<([u8; 8], String, String)>,
    most: usize,
}

impl Tally {
    fn new(most: usize) -> Self {
        Tally {
            prompts: 0,
            tickers: HashMap::new(),
            from: None,
            last_split_day: None,
            years: Counts::default(),
            horizon: Counts::default(),
            context: Counts::default(),
            last_close: Counts::default(),
            prompt_characters: Counts::default(),
            completion_characters: Counts::default(),
            sample: BinaryHeap::new(),
            most,
        }
    }

    fn of(chunk: &Chunk, most: usize, file: &Path) -> Result<Self, DatasetError> {
        let mut tally = Tally::new(most);
        for (line, record) in chunk.records() {
            let record = record.map_err(|reason| {
                let reason = format!("it is not a whole record: {reason}");
                Broken {
                    line: Some(line),
                    reason,
                }
                .into_error(file)
            })?;
            tally.add(&record);
        }
        Ok(tally)
    }

    fn add(&mut self, record: &Record<'_>) {
        self.prompts += 1;
        match self.tickers.get_mut(&*record.ticker) {
            Some(count) => *count += 1,
            None => {
                self.tickers.insert(record.ticker.to_string(), 1);
            }
        }
        self.from = self.from.into_iter().chain([record.from]).min();
        self.last_split_day = self.last_split_day.into_iter().chain([record.split_day]).max();
        self.years.add(record.split_day.year().unsigned_abs().into());
        self.horizon.add(record.horizon.into());
        self.context.add(record.context.into());
        if let Some(close) = last_close(&record.prompt) {
            self.last_close.add(close);
        }
        self.prompt_characters.add(record.prompt.chars().count() as u64);
        self.completion_characters.add(record.completion.chars().count() as u64);
        if self.most > 0 {
            self.consider(record);
        }
    }

    fn consider(&mut self, record: &Record<'_>) {
        let mut hasher = Sha256::new();
        hasher.update(record.prompt.as_bytes());
        hasher.update(record.completion.as_bytes());
        let mut hash = [0; 8];
        hash.copy_from_slice(&hasher.finalize()[..8]);
        let is_full = self.sample.len() >= self.most;
        if is_full && self.sample.peek().is_some_and(|(largest, ..)| *largest <= hash) {
            return;
        }
        self.sample
            .push((hash, record.prompt.to_string(), record.completion.to_string()));
        if is_full {
            self.sample.pop();
        }
    }

    fn merge(&mut self, other: Tally) {
        self.prompts += other.prompts;
        for (ticker, count) in other.tickers {
            *self.tickers.entry(ticker).or_default() += count;
        }
        self.from = self.from.into_iter().chain(other.from).min();
        self.last_split_day = self.last_split_day.max(other.last_split_day);
        for (mine, others) in [
            (&mut self.years, &other.years),
            (&mut self.horizon, &other.horizon),
            (&mut self.context, &other.context),
            (&mut self.last_close, &other.last_close),
            (&mut self.prompt_characters, &other.prompt_characters),
            (&mut self.completion_characters, &other.completion_characters),
        ] {
            mine.merge(others);
        }
        self.sample.extend(other.sample);
        while self.sample.len() > self.most {
            self.sample.pop();
        }
    }

    fn stats(self, bytes: u64, tokens: Option<TokenStats>) -> DatasetStats {
        let tickers = self.tickers.len();
        let mut most: Vec<(String, u64)> = self.tickers.into_iter().collect();
        most.sort_by(|(a, prompts), (b, others)| Reverse(prompts).cmp(&Reverse(others)).then_with(|| a.cmp(b)));
        most.truncate(NAMED);
        let named = most
            .into_iter()
            .map(|(ticker, prompts)| TickerCount { ticker, prompts });
        DatasetStats {
            bytes,
            prompts: self.prompts,
            tickers,
            most_prompts: named.collect(),
            from: self.from,
            last_split_day: self.last_split_day,
            years: self.years.spread(),
            horizon: self.horizon.spread(),
            context: self.context.spread(),
            last_close: self.last_close.wide_spread(PRICE_UNITS),
            prompt_characters: self.prompt_characters.spread(),
            completion_characters: self.completion_characters.spread(),
            tokens,
        }
    }
}

fn tokens(tally: &Tally, counter: &TokenCounter) -> Result<TokenStats, DatasetError> {
    let (mut prompts, mut completions, mut both) = (Counts::default(), Counts::default(), Counts::default());
    for (_, prompt, completion) in &tally.sample {
        let count = |text: &str, begins| {
            let counted = counter.count(text, begins);
            counted
                .map(|tokens| tokens as u64)
                .map_err(|error| DatasetError::Choice(error.to_string()))
        };
        let (prompt, completion) = (count(prompt, true)?, count(completion, false)?);
        prompts.add(prompt);
        completions.add(completion);
        both.add(prompt + completion);
    }
    Ok(TokenStats {
        sample: tally.sample.len(),
        prompt: prompts.spread(),
        completion: completions.spread(),
        both: both.spread(),
    })
}

/// The last price of a prompt's data in ten-thousandths, to three significant digits; `None` for a format that does not write
/// prices with decimals.
fn last_close(prompt: &str) -> Option<u64> {
    let (_, data) = prompt.rsplit_once("DATA: [")?;
    let (prices, _) = data.split_once(']')?;
    let price = prices.rsplit(", ").next()?;
    let price = price
        .contains('.')
        .then(|| price.parse().ok())?
        .filter(|price: &f64| *price > 0.0)?;
    let unit = 10_f64.powi(price.log10().floor() as i32 - 2);
    Some(((price / unit).round() * unit * PRICE_UNITS).round() as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_close_is_read_from_the_prompt() {
        let prompt = "STOCK: A\nDATA: [9.10, 1234.56]\nPredict the next 5 closing prices.\nPREDICTION:";
        assert_eq!(last_close(prompt), Some(12_300_000));
        assert_eq!(last_close("DATA: [0.05]"), Some(500));
        assert_eq!(last_close("DATA: [498, 500]"), None);
        assert_eq!(last_close("DATA: [0.00]"), None);
        assert_eq!(last_close("no data"), None);
    }
}
