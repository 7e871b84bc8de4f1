//! The engine's speed on the demo's models with one compute thread: loading, prefill, decoding of one and of many sequences,
//! decoding under patterns that admit few or many tokens, and classifying headlines. Compare figures only within one run.

#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

use tripod::analysis::{ModelRef, StageName};
use tripod::engine::{
    Cancel, Engine, EngineError, EngineOptions, Estimate, Generate, Grammar, Language, LanguageInfo, LanguageWork,
    LlamaOptions, NativeEngine, OnnxOptions, Prompt, Sampling, Workload,
};
use tripod::models::{Cache, ModelFiles, Profile, Registry, Role};

/// A fixed workload, and a closure that runs it.
struct Work<F>(Workload, F);

impl<F: FnMut(&mut dyn Language) -> Result<(), EngineError>> LanguageWork for Work<F> {
    fn plan(&mut self, _: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        Ok(self.0.clone())
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        (self.1)(language)
    }
}

fn model(role: Role) -> ModelRef {
    let cache = Cache::from_env().expect("a cache directory");
    let registry = Registry::bundled().expect("the bundled manifests");
    let model = registry
        .resolve_role(&cache, role, Profile::Demo, None)
        .expect("`make bench` fetches the models");
    ModelRef {
        id: model.id,
        sha256: model.sha256,
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

fn engine() -> NativeEngine {
    let cache = Cache::from_env().expect("a cache directory");
    let library = Registry::bundled()
        .and_then(|registry| registry.onnxruntime_library(&cache))
        .expect("a library");
    NativeEngine::new(EngineOptions {
        llama: LlamaOptions {
            threads: 1,
            ..LlamaOptions::default()
        },
        onnx: OnnxOptions {
            threads: 1,
            ..OnnxOptions::default()
        },
        onnx_library: Some(library),
        models: ModelFiles::new(&cache, &[], Profile::Demo),
        ..EngineOptions::default()
    })
}

fn with_language(run: impl FnMut(&mut dyn Language) -> Result<(), EngineError>) {
    let model = model(Role::Reporter);
    // 4,096 tokens in all.
    let workload = Workload {
        requests: vec![Estimate {
            sequences: 16,
            ..Estimate::one(None, 256)
        }],
        together: 1,
        more_come: false,
    };
    let mut work = Work(workload, run);
    engine()
        .language(StageName::REPORT, &model, &Cancel::new(), &mut work, &|_| {})
        .1
        .expect("the model runs");
}

/// A request for `sequences` continuations of 32 tokens each, after a prompt of about 20 tokens.
fn request(sequences: usize, grammar: Option<Grammar>) -> Generate {
    let prompt = Prompt::Plain("DATA: [101.50, 102.25, 101.75]\nPREDICTION:".into());
    Generate {
        sequences,
        grammar,
        sampling: Sampling {
            seed: 1,
            ..Sampling::default()
        },
        ..Generate::one(prompt, 32)
    }
}

fn decode(criterion: &mut Criterion) {
    with_language(|language| {
        let mut group = criterion.benchmark_group("decode 32 tokens a sequence");
        group.sample_size(10).measurement_time(Duration::from_secs(8));
        for sequences in [1, 4, 16] {
            group.throughput(criterion::Throughput::Elements(32 * sequences as u64));
            group.bench_function(BenchmarkId::from_parameter(sequences), |bencher| {
                bencher.iter(|| {
                    language
                        .generate(black_box(&request(sequences, None)), &mut |_| {})
                        .expect("text")
                });
            });
        }
        group.finish();

        let prices = Grammar::Pattern(r" \[[1-9][0-9]{0,3}\.[0-9]{2}(?:, [1-9][0-9]{0,3}\.[0-9]{2}){29}\]".into());
        let words = Grammar::Pattern(r"[A-Z][a-z]{0,20}(?:,? [a-z]{1,20}){40,60}\.".into());
        let mut group = criterion.benchmark_group("decode 32 tokens under a pattern");
        group.sample_size(10).measurement_time(Duration::from_secs(8));
        for (name, grammar) in [("none", None), ("prices", Some(prices)), ("words", Some(words))] {
            group.bench_function(name, |bencher| {
                let request = request(1, grammar.clone());
                bencher.iter(|| language.generate(black_box(&request), &mut |_| {}).expect("text"));
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group("prefill");
        let long = Prompt::Plain("The price rose and fell again today. ".repeat(64));
        group.throughput(criterion::Throughput::Elements(
            language.count(&long).expect("a template").expect("a count") as u64,
        ));
        group.sample_size(10).measurement_time(Duration::from_secs(10));
        group.bench_function("512 tokens", |bencher| {
            bencher.iter(|| {
                language
                    .generate(&Generate::one(long.clone(), 1), &mut |_| {})
                    .expect("text")
            });
        });
        group.finish();
        Ok(())
    });
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open and close an arena");
    group.sample_size(10);
    group.bench_function("language model", |bencher| bencher.iter(|| with_language(|_| Ok(()))));
    group.finish();
}

fn classify(criterion: &mut Criterion) {
    let model = model(Role::Sentiment);
    let texts = ["Company raises full-year guidance after a record quarter"; 20];
    let run = |classifier: &mut dyn tripod::engine::Classifier| {
        let mut group = criterion.benchmark_group("classify");
        group.sample_size(10);
        group.bench_function("20 headlines", |bencher| {
            bencher.iter(|| classifier.classify(black_box(&texts)).expect("probabilities"));
        });
        group.finish();
        Ok(())
    };
    let mut run = run;
    engine()
        .classifier(StageName::SENTIMENT, &model, &Cancel::new(), &mut run, &|_| {})
        .1
        .expect("the model runs");
}

#[allow(missing_docs)]
mod groups {
    use super::*;
    criterion_group!(benches, load, decode, classify);
}
use groups::benches;
criterion_main!(benches);
