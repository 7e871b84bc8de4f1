//! Many analyses in one call against as many calls one after the other: the demo's tickers at several as-of dates come in, the
//! time of both ways, stage by stage, and their ratio go out. A call loads each model for itself, as one from the command line
//! does; a batch loads it once and decodes reports side by side. It measures no memory.
//!
//!     cargo bench --bench batch -- [COUNT [PROFILE]]

#![allow(clippy::expect_used)]

use std::time::Instant;

use chrono::{Days, NaiveDate};
use tripod::config::{Config, Settings};
use tripod::engine::{Cancel, LedgerRow, NativeEngine, StageName};
use tripod::market::{HttpClient, HttpOptions, MarketSource};
use tripod::news::NewsSources;
use tripod::pipeline::{self, Gathered, ModelSet, Request, Sources};
use tripod::stages::JobOptions;

const TICKERS: [&str; 4] = ["AAPL", "GOOG", "IBM", "MSFT"];
const STAGES: [StageName; 3] = [StageName::Forecast, StageName::Sentiment, StageName::Report];

/// Jobs of the demo's tickers, each at as many dates as it takes, a quarter of a year apart.
fn jobs(count: usize) -> Vec<Gathered> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sources = Sources {
        client: HttpClient::new(&HttpOptions::default()).expect("a client"),
        market: MarketSource::Demo,
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
            horizon: 5,
            context: 60,
            samples: 8,
            seed: index as u64,
            stages: STAGES.to_vec(),
        },
    };
    (0..count)
        .map(|index| {
            let request = request(index);
            let gathered = runtime.block_on(pipeline::gather(&request, &sources));
            gathered.expect("bundled data")
        })
        .collect()
}

/// Time and tokens of one stage over some rows, milliseconds.
fn line(rows: &[LedgerRow], stage: StageName) -> String {
    let of_stage = rows.iter().filter(|row| row.stage == stage);
    let sum = |value: fn(&LedgerRow) -> f64| of_stage.clone().map(value).sum::<f64>();
    format!(
        "load {:8.0}  prefill {:8.0} ({:6.0} tokens)  decode {:8.0} ({:6.0} tokens)  sampling {:6.0}  other {:6.0}",
        sum(|row| row.load_ms),
        sum(|row| row.prefill_ms),
        sum(|row| row.prompt_tokens as f64),
        sum(|row| row.decode_ms),
        sum(|row| row.decoded_tokens as f64),
        sum(|row| row.sample_ms),
        sum(|row| row.run_ms - row.prefill_ms - row.decode_ms - row.sample_ms),
    )
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let count: usize = arguments
        .next()
        .map_or(32, |text| text.parse().expect("a number of analyses"));
    let settings = Settings {
        profile: arguments.next().map(|text| text.parse().expect("a profile")),
        threads: Some(1),
        ..Settings::default()
    };
    let config = Config::resolve(settings).expect("a configuration");
    let models = ModelSet::resolve(
        &config.registry,
        &config.cache,
        config.profile,
        &config.choices,
        &STAGES,
    )
    .expect("`make bench` fetches the models");
    let (cancel, jobs) = (Cancel::new(), jobs(count));

    let begun = Instant::now();
    let mut alone = Vec::new();
    for job in jobs.clone() {
        let mut engine = NativeEngine::new(config.engine.clone());
        alone.extend(pipeline::analyse(&mut engine, &models, vec![job], &cancel, &|_| {}));
    }
    let one_by_one = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    let mut engine = NativeEngine::new(config.engine.clone());
    let together = pipeline::analyse(&mut engine, &models, jobs, &cancel, &|_| {});
    let batched = begun.elapsed().as_secs_f64();

    let rows_alone: Vec<LedgerRow> = alone.iter().flat_map(|analysis| analysis.arenas.clone()).collect();
    // Every analysis of a batch carries the batch's rows.
    let rows_together = &together[0].arenas;
    println!("{count} analyses, profile {}, one thread; milliseconds", config.profile);
    for stage in STAGES {
        println!("{stage:>10} one by one  {}", line(&rows_alone, stage));
        println!("{:>10} in a batch  {}", "", line(rows_together, stage));
    }
    println!(
        "one by one {one_by_one:.1} s, in a batch {batched:.1} s: {:.2} times the throughput",
        one_by_one / batched
    );
}
