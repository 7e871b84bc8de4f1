//! Compares many analyses in one batch with the same analyses one by one, on the demo's tickers at several as-of dates. Prints
//! the time of both by stage, their ratio, the lower bound for a batch, and the memory of its arenas. A single analysis loads
//! each model, as a run from the command line does; a batch loads each model once and decodes reports and paths of several
//! analyses together.
//!
//!     cargo bench --bench batch -- [COUNT] [--profile seed-shape] [--patience SECONDS] …
//!
//! The lower bound: a batch loads each model once, and decodes at best at the speed of prefill. Both come from the ledger rows.

#![allow(clippy::expect_used)]

use std::time::Instant;

use chrono::{Days, NaiveDate};
use clap::Parser;

use tripod::analysis::{Analysis, JobOptions, LedgerRow, StageName};
use tripod::config::{Config, Settings};
use tripod::engine::{Cancel, NativeEngine, cards};
use tripod::market::{BarSources, DemoBars, Repair};
use tripod::net::{HttpClient, HttpOptions};
use tripod::news::NewsSources;
use tripod::run::{self, Gathered, ModelSet, Request, Scheduler, Sources};

const TICKERS: [&str; 4] = ["AAPL", "GOOG", "IBM", "MSFT"];
const STAGES: [StageName; 3] = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];

#[derive(Parser)]
struct Cli {
    /// Number of analyses
    #[arg(default_value_t = 32)]
    count: usize,

    /// Trading days to forecast
    #[arg(long, default_value_t = 5)]
    horizon: usize,

    /// Closes in the forecaster's prompt
    #[arg(long, default_value_t = 60)]
    context: usize,

    /// Sample paths of each forecast
    #[arg(long, default_value_t = 8)]
    samples: usize,

    /// Stop the single analyses after this many seconds; the ratio is then one of analyses per second
    #[arg(long, default_value_t = f64::INFINITY)]
    patience: f64,

    #[command(flatten)]
    settings: Settings,

    /// Cargo passes this flag to a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Jobs for the demo's tickers, at dates a quarter of a year apart.
fn jobs(cli: &Cli) -> Vec<Gathered> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sources = Sources {
        client: HttpClient::new(&HttpOptions::default()).expect("a client"),
        market: BarSources::only(DemoBars),
        fundamentals: None,
        repair: Repair::default(),
        cache: None,
        news: NewsSources {
            demo: true,
            ..NewsSources::default()
        },
    };
    let newest = NaiveDate::from_ymd_opt(2013, 3, 1).expect("a date");
    let request = |index: usize| Request {
        ticker: TICKERS[index % TICKERS.len()].parse().expect("a ticker"),
        as_of: newest.checked_sub_days(Days::new(91 * (index / TICKERS.len()) as u64)),
        options: JobOptions {
            horizon: cli.horizon,
            context: cli.context,
            samples: Some(cli.samples),
            seed: index as u64,
            stages: STAGES.to_vec(),
            ..JobOptions::default()
        },
    };
    (0..cli.count)
        .map(|index| {
            let request = request(index);
            let gathered = runtime.block_on(run::gather(&request, &sources));
            gathered.expect("bundled data")
        })
        .collect()
}

/// Runs a batch.
fn analyse(engine: &mut NativeEngine, models: &ModelSet, batch: Vec<Gathered>, cancel: &Cancel) -> Vec<Analysis> {
    let results = Scheduler::batch().drive(engine, models, batch, cancel, &|_| {});
    results.into_iter().map(|result| result.expect("an analysis")).collect()
}

/// Milliseconds and tokens of one stage, summed over ledger rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sums {
    load: f64,
    prefill: f64,
    decode: f64,
    sample: f64,
    other: f64,
    prompt_tokens: f64,
    decoded_tokens: f64,
}

impl Sums {
    fn of(rows: &[LedgerRow], stage: StageName) -> Self {
        rows.iter()
            .filter(|row| row.stage == stage)
            .fold(Sums::default(), |sums, row| Sums {
                load: sums.load + row.load_ms,
                prefill: sums.prefill + row.prefill_ms,
                decode: sums.decode + row.decode_ms,
                sample: sums.sample + row.sample_ms,
                other: sums.other + row.run_ms - row.prefill_ms - row.decode_ms - row.sample_ms,
                prompt_tokens: sums.prompt_tokens + row.prompt_tokens as f64,
                decoded_tokens: sums.decoded_tokens + row.decoded_tokens as f64,
            })
    }

    /// The lower bound of the time for the same work: one load, the measured prefill, and decoding at the speed of prefill.
    /// Sampling and the rest count as free.
    fn at_best(self) -> f64 {
        let a_token = if self.prompt_tokens > 0.0 {
            self.prefill / self.prompt_tokens
        } else {
            0.0
        };
        self.load + self.prefill + self.decoded_tokens * a_token
    }

    fn line(self) -> String {
        format!(
            "load {:8.0}  prefill {:8.0} ({:6.0} tokens)  decode {:8.0} ({:6.0} tokens)  sampling {:6.0}  other {:6.0}",
            self.load, self.prefill, self.prompt_tokens, self.decode, self.decoded_tokens, self.sample, self.other
        )
    }
}

fn main() {
    let mut cli = Cli::parse();
    cli.settings.threads = cli.settings.threads.or(Some(1));
    let config = Config::resolve(cli.settings.clone()).expect("a configuration");
    let models = ModelSet::resolve(
        &config.registry,
        &config.cache,
        config.profile,
        &config.choices,
        &STAGES,
    )
    .expect("`make bench` fetches the models");
    let (cancel, jobs) = (Cancel::new(), jobs(&cli));
    println!(
        "{} analyses, profile {}: {} closes, {} days ahead, {} paths; budget {}; threads {}; milliseconds",
        cli.count,
        config.profile,
        cli.context,
        cli.horizon,
        cli.samples,
        config.engine.budget,
        config.engine.llama.threads
    );
    for card in cards() {
        println!(
            "card: {}; layers there: {:?}",
            card.name, config.engine.llama.gpu_layers
        );
    }

    let begun = Instant::now();
    let mut engine = NativeEngine::new(config.engine.clone());
    let together = analyse(&mut engine, &models, jobs.clone(), &cancel);
    let batched = begun.elapsed().as_secs_f64();
    // Every analysis of a batch has the ledger rows of the whole batch.
    let rows_together = &together[0].arenas;
    let with = |has: fn(&Analysis) -> bool| together.iter().filter(|&analysis| has(analysis)).count();
    println!(
        "in a batch: {batched:.1} s; {} with a forecast, {} with headlines labelled, {} with a report",
        with(|analysis| analysis.forecast.is_some()),
        with(|analysis| analysis.sentiment.is_some()),
        with(|analysis| analysis.report.is_some())
    );

    let begun = Instant::now();
    let (mut rows_alone, mut alone) = (Vec::new(), 0);
    for job in jobs {
        if begun.elapsed().as_secs_f64() > cli.patience {
            break;
        }
        let mut engine = NativeEngine::new(config.engine.clone());
        let analyses = analyse(&mut engine, &models, vec![job], &cancel);
        rows_alone.extend(analyses.into_iter().flat_map(|analysis| analysis.arenas));
        alone += 1;
    }
    let one_by_one = begun.elapsed().as_secs_f64();

    let mut at_best = 0.0;
    for stage in STAGES {
        let sums = Sums::of(rows_together, stage);
        at_best += sums.at_best() / 1e3;
        println!(
            "{stage:>10} {alone:3} one by one  {}",
            Sums::of(&rows_alone, stage).line()
        );
        println!(
            "{:>10} {:3} in a batch  {}  at best {:8.0}",
            "",
            cli.count,
            sums.line(),
            sums.at_best()
        );
    }
    for row in rows_together {
        let mib = |bytes: u64| bytes >> 20;
        let taken = row.total_peak.saturating_sub(row.anon_before);
        println!(
            "{:>10} of the batch: stated {} MiB, took {} MiB at most",
            row.stage,
            mib(row.need_bytes),
            mib(taken)
        );
    }
    if alone == 0 {
        println!(
            "{batched:.1} s in a batch, at best {at_best:.1} s: {:.0} % of the limit is reached",
            100.0 * at_best / batched
        );
        return;
    }
    let a_second = |count: usize, seconds: f64| count as f64 / seconds;
    let single = a_second(alone, one_by_one);
    let (reached, limit) = (
        a_second(cli.count, batched) / single,
        a_second(cli.count, at_best) / single,
    );
    println!(
        "{alone} one by one {one_by_one:.1} s, {} in a batch {batched:.1} s: {reached:.2} times the throughput; at best {limit:.2} \
         times, of which {:.0} % is reached",
        cli.count,
        100.0 * reached / limit
    );
}
