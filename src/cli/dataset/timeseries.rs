//! `tripod dataset timeseries`: prices in, training prompts out.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use tokio::runtime::Runtime;

use super::rate::Rate;
use super::workers::WorkerArgs;
use crate::cli::args::{closes, share};
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_file, check_folder, check_input, print};
use crate::cli::tickers;
use crate::config::Config;
use crate::dataset::{
    Collected, Draw, Fetching, Generated, Job, Mixture, PackWriter, Part, Plan, Recipe, SEED_PAIRS, SeriesOrigin,
    SeriesPack, Shard, Split, collect, fetch_series, generate,
};
use crate::engine::memory::keep_heap;
use crate::engine::{Cancel, human_bytes};
use crate::formats::PromptFormat;
use crate::market::{BarSources, Ticker};

/// Arguments of `tripod dataset timeseries`.
#[derive(Debug, Args)]
pub struct TimeseriesArgs {
    /// Symbols whose prices are fetched from Yahoo Finance; with --demo, those of the bundled prices to use
    #[arg(value_name = "TICKER")]
    tickers: Vec<Ticker>,

    /// Read more symbols from a file, one on a line; # begins a comment
    #[arg(long, value_name = "FILE")]
    universe: Option<PathBuf>,

    /// Use the bundled prices of AAPL, GOOG, IBM and MSFT
    #[arg(long, conflicts_with_all = ["csv", "parquet", "universe"])]
    demo: bool,

    /// Use a folder of CSV files, one a ticker, named after it
    #[arg(long, value_name = "DIR", conflicts_with_all = ["parquet", "tickers", "universe"])]
    csv: Option<PathBuf>,

    /// Use a folder of Parquet files with the columns date and close, and ticker where a file has several
    #[arg(long, value_name = "DIR", conflicts_with_all = ["tickers", "universe"])]
    parquet: Option<PathBuf>,

    /// Newest bars of each ticker to fetch
    #[arg(long, default_value_t = 1260, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=20_000))]
    bars: u32,

    /// Tickers to fetch at the same time
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    gather: u16,

    /// Milliseconds between two requests
    #[arg(long, default_value_t = 100, value_name = "MS")]
    pace: u64,

    /// The file to write: JSON Lines, compressed where its name ends in .gz or .zst, or .parquet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Write this format whatever the file's name; its ending is added to the name
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<FileFormat>,

    /// Prompts to write
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    count: u64,

    /// Prompt format
    #[arg(long, default_value = "seed-v1", value_name = "FORMAT")]
    format: PromptFormat,

    /// How windows are drawn
    #[arg(long, value_enum, default_value_t = Drawing::Uniform)]
    draw: Drawing,

    /// Closes in a prompt, from the fewest to the most [default: 30..180; with --draw pairs the most only]
    #[arg(long, default_value = "30..180", value_name = "RANGE", value_parser = closes)]
    context: RangeInclusive<u16>,

    /// Closes in a completion, from the fewest to the most; --draw pairs has its own
    #[arg(long, default_value = "1..30", value_name = "RANGE", value_parser = closes)]
    horizon: RangeInclusive<u16>,

    /// Shares of real and simulated prompts, such as real=0.3,simulated=0.7 [default: real=1 with a source, else simulated=1]
    #[arg(long, value_name = "SHARES")]
    mix: Option<Mixture>,

    /// Random seed: the same seed gives the same prompts, with any number of threads
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Which part to write: train (before the split day, without the held-out tickers), test (after it, those only) or all
    #[arg(long, default_value = "train", value_name = "PART")]
    part: Part,

    /// The day where the test part begins [default: the day after four fifths of the days of the longest series]
    #[arg(long, value_name = "DATE")]
    split_day: Option<NaiveDate>,

    /// Share of the tickers that are held out for the test part
    #[arg(long, default_value_t = 0.1, value_name = "SHARE", value_parser = share)]
    test_tickers: f64,

    /// Write one of several shards, such as 3/64: all of them, one after the other, are the whole file
    #[arg(long, value_name = "N/OF")]
    shard: Option<Shard>,

    /// Write so many shards, one after the other; those that are complete are passed over [default: none; with Parquet, one a
    /// million prompts]
    #[arg(long, value_name = "N", conflicts_with = "shard", value_parser = clap::value_parser!(u32).range(1..=99_999))]
    shards: Option<u32>,

    /// Compression level
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=19))]
    level: i32,

    /// Replace what an earlier run wrote instead of going on with it
    #[arg(long)]
    fresh: bool,

    /// Print the manifest as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    workers: WorkerArgs,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// A JSON object a line
    Jsonl,
    /// Parquet, with zstd
    Parquet,
}

/// How windows are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// Any context and any horizon of the ranges
    Uniform,
    /// The Python original's pairs of horizon and context: 1→30, 5→60, 7→90, 10→180, 30→365, 90→1000
    Pairs,
}

/// Runs the command. Exit code 0 when the file is complete, 1 when a series could not be read.
pub fn run(args: &TimeseriesArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    keep_heap();
    let cancel = cancel_on_interrupt(runtime);
    let draw = args.drawing()?;
    check_file(&args.out())?;
    let folder = folder_of(&args.out);
    let (collected, origins) = match args.origin()? {
        None => (None, Vec::new()),
        Some(origin) => {
            let (collected, origin) = args.series(origin, &folder, config, runtime, &cancel)?;
            (Some(collected), vec![origin])
        }
    };
    let failures = collected.as_ref().map_or(&[][..], |collected| &collected.failures);
    let pack = collected.as_ref().map(|collected| &collected.pack);
    let recipe = Recipe {
        version: Recipe::VERSION,
        format: args.format,
        seed: args.seed,
        count: args.count,
        part: args.part,
        split: args.split(pack, draw.longest_horizon())?,
        draw,
        mixture: args.mixture(pack.is_some())?,
        series: pack.map(|pack| pack.sha256().to_owned()),
    };
    let plan = Plan::new(&recipe, pack)?;
    for shard in args.shards() {
        let job = Job {
            out: args.out(),
            shard,
            threads: args.workers.threads(),
            level: args.level,
            fresh: args.fresh,
            origins: origins.clone(),
        };
        let verb = shard.map_or("wrote".to_owned(), |shard| {
            format!("shard {} of {}: wrote", shard.number, shard.of)
        });
        let mut rate = Rate::new(args.workers.quiet, verb, Some(plan.prompts_of(shard)), "prompts");
        let generated = generate(&plan, &job, &mut |progress| {
            rate.set(progress.prompts, progress.resumed);
            !cancel.is_cancelled()
        });
        rate.clear();
        args.report(&generated?)?;
    }
    for (name, reason) in failures {
        anstream::eprintln!("error: {name}: {reason}");
    }
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prompts of a Parquet file: it is written whole, so that an interruption costs at most this many.
const PROMPTS_A_PARQUET: u64 = 1_000_000;

impl TimeseriesArgs {
    fn drawing(&self) -> anyhow::Result<Draw> {
        let draw = match self.draw {
            Drawing::Uniform => Draw::uniform(self.context.clone(), self.horizon.clone()),
            Drawing::Pairs => Draw::seed_pairs(*self.context.end()),
        };
        anyhow::ensure!(
            draw.longest_context() > 0,
            "no pair has a context of at most {} closes; the shortest has {}",
            self.context.end(),
            SEED_PAIRS[0].1
        );
        Ok(draw)
    }

    /// The source that the arguments name; `None` where there is none.
    fn origin(&self) -> anyhow::Result<Option<SeriesOrigin>> {
        if let Some(folder) = self.csv.as_ref().or(self.parquet.as_ref()) {
            check_folder(folder)?;
        }
        if let Some(folder) = &self.csv {
            return Ok(Some(SeriesOrigin::Csv { folder: folder.clone() }));
        }
        if let Some(folder) = &self.parquet {
            return Ok(Some(SeriesOrigin::Parquet { folder: folder.clone() }));
        }
        let mut named: Vec<String> = self.tickers.iter().map(Ticker::to_string).collect();
        if self.demo {
            return Ok(Some(SeriesOrigin::Demo { tickers: named }));
        }
        if let Some(path) = &self.universe {
            check_input(path)?;
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            for asked in tickers::lines(&text, &path.display().to_string()) {
                named.push(asked.ticker.with_context(|| asked.text)?.to_string());
            }
        }
        let bars = self.bars as usize;
        Ok((!named.is_empty()).then_some(SeriesOrigin::Yahoo { tickers: named, bars }))
    }

    /// Reads or fetches the series. The origin that is returned names what was found.
    fn series(
        &self,
        origin: SeriesOrigin,
        folder: &Path,
        config: &Config,
        runtime: &Runtime,
        cancel: &Cancel,
    ) -> anyhow::Result<(Collected, SeriesOrigin)> {
        let SeriesOrigin::Yahoo { tickers, bars } = origin else {
            return Ok((collect(&origin, config.repair, folder)?, origin));
        };
        let sources = BarSources::only(config.yahoo.clone());
        let fetching = Fetching {
            client: &config.client,
            sources: &sources,
            cache: &config.market_cache,
            bars,
            repair: config.repair,
            at_once: self.gather.into(),
            pace: Duration::from_millis(self.pace),
        };
        let asked = tickers
            .iter()
            .map(|ticker| Ticker::parse(ticker))
            .collect::<Result<Vec<_>, _>>()?;
        let mut rate = Rate::new(self.workers.quiet, "fetched", Some(asked.len() as u64), "tickers");
        let writer = PackWriter::new(folder)?;
        let collected = runtime.block_on(fetch_series(&fetching, asked, writer, &mut |done| {
            rate.set(done as u64, 0);
            !cancel.is_cancelled()
        }));
        rate.clear();
        let collected = collected?;
        let tickers = (0..collected.pack.len()).map(|number| collected.pack.ticker(number).to_owned());
        let origin = SeriesOrigin::Yahoo {
            tickers: tickers.collect(),
            bars,
        };
        Ok((collected, origin))
    }

    /// Where training and test part meet.
    fn split(&self, pack: Option<&SeriesPack>, gap: u16) -> anyhow::Result<Split> {
        let Some(pack) = pack else {
            let day = self.split_day.unwrap_or_default();
            return Ok(Split {
                day,
                gap,
                test_tickers: Vec::new(),
            });
        };
        let day = match self.split_day {
            Some(day) => day,
            None => Split::usual_day(pack)?,
        };
        Ok(Split {
            day,
            gap,
            test_tickers: Split::held_out(pack, self.test_tickers, self.seed),
        })
    }

    fn mixture(&self, has_source: bool) -> anyhow::Result<Mixture> {
        let mixture = self
            .mix
            .unwrap_or(if has_source { Mixture::REAL } else { Mixture::SIMULATED });
        anyhow::ensure!(
            has_source || !mixture.has_real(),
            "the mixture has real prompts and there is no source; name tickers, or give --demo, --csv DIR or --parquet DIR"
        );
        Ok(mixture)
    }

    /// The file, with the ending of the chosen format.
    fn out(&self) -> PathBuf {
        let name = self.out.file_name().unwrap_or_default().to_string_lossy();
        let (wanted, ending) = match self.to {
            None => return self.out.clone(),
            Some(FileFormat::Jsonl) => (name.contains(".jsonl"), ".jsonl"),
            Some(FileFormat::Parquet) => (name.ends_with(".parquet"), ".parquet"),
        };
        if wanted {
            self.out.clone()
        } else {
            self.out.with_file_name(format!("{name}{ending}"))
        }
    }

    /// The shards to write; `None` stands for the whole file.
    fn shards(&self) -> Vec<Option<Shard>> {
        if self.shard.is_some() {
            return vec![self.shard];
        }
        let is_parquet = self.out().extension().is_some_and(|ending| ending == "parquet");
        let usual = self.count.div_ceil(PROMPTS_A_PARQUET).min(99_999) as u32;
        let of = self.shards.unwrap_or(if is_parquet { usual } else { 1 });
        if of == 1 {
            return vec![None];
        }
        (1..=of).map(|number| Some(Shard { number, of })).collect()
    }

    fn report(&self, generated: &Generated) -> anyhow::Result<()> {
        let manifest = &generated.manifest;
        if self.json {
            print(&(serde_json::to_string_pretty(manifest)? + "\n"))?;
        }
        if self.workers.quiet {
            return Ok(());
        }
        let verb = if generated.was_there {
            "complete already:"
        } else {
            "wrote"
        };
        anstream::eprintln!(
            "{verb} {}: {} prompts, {}",
            generated.path.display(),
            manifest.prompts,
            human_bytes(manifest.file.bytes)
        );
        if manifest.refused > 0 {
            anstream::eprintln!(
                "{} windows were passed over: their closes never move, or {} cannot write their prices",
                manifest.refused,
                manifest.recipe.format
            );
        }
        Ok(())
    }
}

/// The folder that a file is written to.
fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}
