//! The time of a forecast of many paths with a small model: 256 paths of 30 days after 180 days, by a llama model of 96 wide and
//! three layers with random weights, on one thread. Prints milliseconds a forecast, by part, with `small_llama` and with llama.cpp.
//!
//!     cargo bench --bench paths -- [--forecasts 20] [--paths 256] [--days 30] [--context 180] [--width 96] [--layers 3]
//!
//! Each arena opens the model once and answers all forecasts, as a batch does. The best and the middle of several arenas are shown:
//! on a shared machine the best is nearest to the work itself.

#![allow(clippy::expect_used)]

#[path = "../tests/support/tiny_llama.rs"]
mod tiny_llama;

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use clap::Parser;

use tripod::analysis::{LedgerRow, ModelRef, StageName};
use tripod::convert::TensorType;
use tripod::engine::{
    Cancel, Completion, Engine, EngineError, EngineOptions, Estimate, Generate, Grammar, Language, LanguageInfo,
    LanguageWork, LlamaOptions, NativeEngine, Prompt, RequestSource, Sampling, Step, Workload,
};
use tripod::models::{Cache, ModelChoice, ModelFiles, Profile, Registry, Role};

use tiny_llama::{HEAD, TinyLlama, days, history};

#[derive(Parser)]
struct Cli {
    /// Forecasts of each arena
    #[arg(long, default_value_t = 20)]
    forecasts: usize,

    /// Arenas of each engine
    #[arg(long, default_value_t = 5)]
    arenas: usize,

    /// Paths of each forecast
    #[arg(long, default_value_t = 256)]
    paths: usize,

    /// Days of each path
    #[arg(long, default_value_t = 30)]
    days: usize,

    /// Days of the prompt
    #[arg(long, default_value_t = 180)]
    context: usize,

    /// Width of the model
    #[arg(long, default_value_t = 96)]
    width: usize,

    /// Layers of the model
    #[arg(long, default_value_t = 3)]
    layers: usize,

    /// Leave llama.cpp out
    #[arg(long)]
    small_only: bool,

    /// Cargo passes this flag to a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Cli {
    fn request(&self, seed: u64) -> Generate {
        let mut request = Generate::one(Prompt::Plain(history(self.context)), self.days + 1);
        request.sequences = self.paths;
        request.grammar = Some(Grammar::Pattern(days(self.days)));
        request.sampling = Sampling {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            seed,
            ..Sampling::default()
        };
        request
    }
}

/// The forecasts of one arena.
struct Batch {
    requests: VecDeque<Generate>,
    finished: usize,
}

impl LanguageWork for Batch {
    fn plan(&mut self, info: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        let estimate = |request: &Generate| -> Result<Estimate, EngineError> {
            Ok(Estimate {
                sequences: request.sequences,
                ..Estimate::one(info.count(&request.prompt)?, request.max_tokens)
            })
        };
        let requests: Result<Vec<Estimate>, EngineError> = self.requests.iter().map(estimate).collect();
        let requests = requests?;
        Ok(Workload {
            together: requests.len(),
            requests,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

impl RequestSource for Batch {
    fn next(&mut self, _: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        Some((0, self.requests.pop_front()?))
    }

    fn watch(&mut self, _: usize, _: Step<'_>) {}

    fn finish(&mut self, _: usize, result: Result<Vec<Completion>, EngineError>) {
        self.finished += result.expect("a forecast").len();
    }
}

/// Milliseconds of an arena.
struct Times {
    wall: f64,
    row: LedgerRow,
}

fn run(cli: &Cli, engine: &mut NativeEngine, model: &ModelRef) -> Times {
    let requests = (0..cli.forecasts as u64).map(|seed| cli.request(seed)).collect();
    let mut batch = Batch { requests, finished: 0 };
    let begun = Instant::now();
    let (row, done) = engine.language(StageName::FORECAST, model, &Cancel::new(), &mut batch, &|_| {});
    let wall = begun.elapsed().as_secs_f64() * 1e3;
    done.expect("forecasts");
    assert_eq!(batch.finished, cli.forecasts * cli.paths);
    Times {
        wall,
        row: row.expect("an arena"),
    }
}

fn engine(folder: &Path, path: &Path, small_models: bool) -> (NativeEngine, ModelRef) {
    let cache = Cache::at(folder.join("cache"));
    let choice = ModelChoice::Path(path.to_owned());
    let registry = Registry::bundled().expect("the bundled manifests");
    let model = registry
        .resolve_role(&cache, Role::Forecaster, Profile::Demo, Some(&choice))
        .expect("the file");
    let engine = NativeEngine::new(EngineOptions {
        llama: LlamaOptions {
            threads: 1,
            small_models,
            ..LlamaOptions::default()
        },
        models: ModelFiles::new(&cache, &[], Profile::Demo).with(Role::Forecaster, Some(&choice)),
        ..EngineOptions::default()
    });
    let model = ModelRef {
        id: model.id,
        sha256: model.sha256,
        adapter: None,
        remote: None,
        trained_until: None,
    };
    (engine, model)
}

fn main() {
    let cli = Cli::parse();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("paths.gguf");
    let model = TinyLlama {
        width: cli.width,
        layers: cli.layers,
        heads: cli.width / HEAD,
        kv_heads: cli.width / HEAD,
        feed_forward: cli.width * 8 / 3,
        kind: TensorType::F32,
        seed: 1,
    };
    model.write(&path);
    println!(
        "{} forecasts an arena, each of {} paths of {} days after {} days; one thread",
        cli.forecasts, cli.paths, cli.days, cli.context
    );
    for (name, small_models) in [("small_llama", true), ("llama.cpp", false)] {
        if !small_models && cli.small_only {
            continue;
        }
        let (mut engine, model) = engine(folder.path(), &path, small_models);
        let mut times: Vec<Times> = (0..cli.arenas).map(|_| run(&cli, &mut engine, &model)).collect();
        times.sort_by(|one, other| one.wall.total_cmp(&other.wall));
        for (which, time) in [("best", &times[0]), ("middle", &times[times.len() / 2])] {
            let each = |ms: f64| ms / cli.forecasts as f64;
            let row = &time.row;
            println!(
                "{name:12} {which:6}  {:7.1} ms a forecast: load {:5.1}  prefill {:5.1}  decode {:6.1}  sampling {:5.1}   need {:.1} MiB, taken {:.1} MiB",
                each(time.wall),
                each(row.load_ms),
                each(row.prefill_ms),
                each(row.decode_ms),
                each(row.sample_ms),
                row.need_bytes as f64 / f64::from(1 << 20),
                row.anon_peak.saturating_sub(row.anon_before) as f64 / f64::from(1 << 20),
            );
        }
    }
}
