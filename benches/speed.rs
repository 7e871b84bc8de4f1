//! Measures the engine for the comparison in `benches/speed.py`: runs one scenario on one model and prints the raw timings as a
//! line of JSON. It uses the engine's public interface and computes no statistics.

#![allow(clippy::expect_used)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};

use tripod::analysis::{LedgerRow, ModelRef, StageName};
use tripod::engine::{
    Cancel, Classifier, Engine, EngineError, EngineOptions, Estimate, Generate, KvType, Language, LanguageInfo,
    LanguageWork, LlamaOptions, NativeEngine, OnnxOptions, Prompt, Sampling, Step, Workload,
};
use tripod::models::{Cache, ModelChoice, ModelFiles, ModelsError, Profile, Registry, ResolvedModel, Role};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    scenario: Option<Scenario>,

    /// Cargo passes this flag to a benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Scenario {
    /// Versions and processor features of the native libraries
    Info,
    /// The paths of a model's files, so that the reference implementation opens the same ones
    Files { model: String },
    /// Prefill of a prompt, and decoding after a short one
    Language(LanguageArgs),
    /// Opening and closing an arena
    Load(LoadArgs),
    /// Decoding several sequences together, after a short prompt
    Wide(WideArgs),
    /// Opening a second model after a first, with the second's file not in the page cache
    Ahead(AheadArgs),
    /// Classifying texts
    Classify(ClassifyArgs),
}

#[derive(Args)]
struct LanguageArgs {
    model: String,
    /// Tokens of the prompt
    #[arg(long, default_value_t = 512)]
    prompt: usize,
    /// Tokens to decode
    #[arg(long, default_value_t = 128)]
    decode: usize,
    /// Temperatures to measure decoding at
    #[arg(long, value_delimiter = ',', default_value = "0.8")]
    temperatures: Vec<f64>,
    /// Repetitions of each measurement
    #[arg(long, default_value_t = 2)]
    repetitions: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Use the file's requantized copy, if it gets one
    #[arg(long)]
    twin: bool,
    /// Element type of the KV cache
    #[arg(long, default_value = "auto")]
    kv_type: KvType,
    /// Memory-map the weights instead of reading them
    #[arg(long)]
    map: bool,
}

#[derive(Args)]
struct LoadArgs {
    model: String,
    /// Cells of the language model's context
    #[arg(long, default_value_t = 2048)]
    cells: usize,
    #[arg(long, default_value_t = 2)]
    repetitions: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Memory-map the weights instead of reading them
    #[arg(long)]
    map: bool,
}

#[derive(Args)]
struct WideArgs {
    model: String,
    /// Numbers of sequences to measure
    #[arg(long, value_delimiter = ',', default_value = "1,4,8,16,32")]
    sequences: Vec<usize>,
    /// Tokens to decode for each sequence
    #[arg(long, default_value_t = 16)]
    decode: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

#[derive(Args)]
struct AheadArgs {
    /// The model that computes first
    first: String,
    /// The model that is opened after it
    model: String,
    /// Tokens of the prompt that the first model evaluates
    #[arg(long, default_value_t = 1024)]
    prompt: usize,
    /// Announce the second model to the engine beforehand, as the pipeline does
    #[arg(long)]
    announced: bool,
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

#[derive(Args)]
struct ClassifyArgs {
    model: String,
    /// A file with the texts as a JSON array
    #[arg(long)]
    texts: PathBuf,
    #[arg(long, default_value_t = 2)]
    repetitions: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> ExitCode {
    let Some(scenario) = Cli::parse().scenario else {
        eprintln!("benches/speed.py runs this program; see --help for its scenarios");
        return ExitCode::SUCCESS;
    };
    match run(&scenario) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(scenario: &Scenario) -> Result<Value, Box<dyn std::error::Error>> {
    match scenario {
        Scenario::Info => Ok(info()),
        Scenario::Files { model } => Ok(files(&resolve(model)?)),
        Scenario::Language(args) => language(args),
        Scenario::Load(args) => load(args),
        Scenario::Wide(args) => wide(args),
        Scenario::Ahead(args) => ahead(args),
        Scenario::Classify(args) => classify(args),
    }
}

/// Finds a model by its id in the cache, or by the path of a file.
fn resolve(model: &str) -> Result<ResolvedModel, ModelsError> {
    let (cache, registry) = (Cache::from_env()?, Registry::bundled()?);
    let choice = choice(model);
    let role = match &choice {
        ModelChoice::Id(id) => registry.get(id)?.roles.first().copied(),
        ModelChoice::Path(_) | ModelChoice::Url(_) => None,
    };
    registry.resolve_role(&cache, role.unwrap_or(Role::Reporter), Profile::Demo, Some(&choice))
}

fn choice(model: &str) -> ModelChoice {
    model.parse().unwrap_or_else(|never| match never {})
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

/// An engine that can open these models from the command line.
fn engine(threads: usize, llama: LlamaOptions, models: &[&str]) -> Result<NativeEngine, ModelsError> {
    let cache = Cache::from_env()?;
    let library = Registry::bundled()?.onnxruntime_library(&cache)?;
    let files = ModelFiles::new(&cache, &[], Profile::Demo);
    let own = |files: ModelFiles, model: &&str| files.with(Role::Reporter, Some(&choice(model)));
    Ok(NativeEngine::new(EngineOptions {
        llama: LlamaOptions { threads, ..llama },
        onnx: OnnxOptions {
            threads,
            ..OnnxOptions::default()
        },
        onnx_library: Some(library),
        models: models.iter().fold(files, own),
        // Only speed matters here, so the budget must not refuse the context of the largest model.
        budget: "64GiB".parse().unwrap_or_default(),
        ..EngineOptions::default()
    }))
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn info() -> Value {
    #[expect(unsafe_code, reason = "llama-cpp-2 does not expose what llama.cpp was built with")]
    // SAFETY: both functions take nothing and return static NUL-terminated strings.
    let (flags, ggml) = unsafe {
        (
            std::ffi::CStr::from_ptr(llama_cpp_sys_2::llama_print_system_info()),
            std::ffi::CStr::from_ptr(llama_cpp_sys_2::ggml_version()),
        )
    };
    json!({
        "flags": flags.to_string_lossy(),
        "ggml": ggml.to_string_lossy(),
        "onnxruntime": Registry::bundled()
            .and_then(|registry| registry.onnxruntime_library(&Cache::from_env()?))
            .ok()
            .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned())),
    })
}

fn files(model: &ResolvedModel) -> Value {
    json!({
        "id": model.id,
        "format": model.manifest.format.as_str(),
        "weights": model.weights,
        "bytes": model.bytes,
        "tokenizer": model.tokenizer,
        "labels": model.manifest.labels,
        "max_tokens": model.manifest.context.unwrap_or(128),
    })
}

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

fn with_language(
    engine: &mut NativeEngine,
    model: &ModelRef,
    cells: usize,
    run: impl FnMut(&mut dyn Language) -> Result<(), EngineError>,
) -> Result<LedgerRow, EngineError> {
    let workload = Workload {
        requests: vec![Estimate::one(Some(cells), 0)],
        together: 1,
        more_come: false,
    };
    let mut work = Work(workload, run);
    let (row, done) = engine.language(StageName::REPORT, model, &Cancel::new(), &mut work, &|_| {});
    done?;
    Ok(row.expect("an arena was open"))
}

const WORDS: [&str; 16] = [
    "the", "price", "of", "a", "share", "rose", "and", "then", "fell", "again", "as", "more", "people", "had", "come",
    "in",
];

/// A text of exactly `tokens` tokens. It begins with `number`, so that no two prompts share a beginning that could be cached.
fn text_of(language: &dyn Language, tokens: usize, number: usize) -> Result<String, EngineError> {
    let mut wanted = tokens;
    // Most of these words are one token each, so a few corrections are enough.
    for _ in 0..20 {
        let words: String = WORDS
            .iter()
            .cycle()
            .take(wanted)
            .flat_map(|word| [" ", *word])
            .collect();
        let text = format!("{number}{words}");
        let count = language.count(&Prompt::Plain(text.clone()))?.unwrap_or(0);
        if count == tokens {
            return Ok(text);
        }
        wanted = (wanted + tokens).saturating_sub(count);
    }
    Err(measuring(format!("no text of {tokens} tokens was found")))
}

fn measuring(reason: String) -> EngineError {
    EngineError::Native {
        operation: "measuring",
        reason,
    }
}

/// Evaluates a prompt. Returns the milliseconds from the request to the end of prefill.
fn prefill(language: &mut dyn Language, text: String) -> Result<f64, EngineError> {
    let request = Generate::one(Prompt::Plain(text), 1);
    let begun = Instant::now();
    let mut took = 0.0;
    language.generate(&request, &mut |step| {
        if matches!(step, Step::Prefill { tokens, of } if tokens == of) {
            took = milliseconds(begun);
        }
    })?;
    Ok(took)
}

/// Decodes up to `wanted` tokens after a short prompt. Returns how many were decoded, and the milliseconds from the first sampled
/// token to the last. This includes evaluating each token and sampling the next.
fn decode(
    language: &mut dyn Language,
    wanted: usize,
    temperature: f64,
    number: usize,
) -> Result<(usize, f64), EngineError> {
    let request = Generate {
        sampling: Sampling {
            temperature: temperature as f32,
            seed: number as u64,
            ..Sampling::default()
        },
        ..Generate::one(Prompt::Plain(text_of(language, 4, number)?), wanted + 1)
    };
    let (mut first, mut count, mut took) = (None, 0, 0.0);
    language.generate(&request, &mut |step| {
        if let Step::Decoded { tokens } = step {
            let begun = *first.get_or_insert_with(Instant::now);
            (count, took) = (tokens - 1, milliseconds(begun));
        }
    })?;
    Ok((count, took))
}

/// Decodes `wanted` tokens with [`decode`], over several answers if the model ends one early.
fn decode_all(
    language: &mut dyn Language,
    wanted: usize,
    temperature: f64,
    number: &mut usize,
) -> Result<(usize, f64), EngineError> {
    let (mut tokens, mut took) = (0, 0.0);
    for _ in 0..100 {
        *number += 1;
        let (more, ms) = decode(language, wanted - tokens, temperature, *number)?;
        tokens += more;
        took += ms;
        if tokens >= wanted {
            return Ok((tokens, took));
        }
    }
    Err(measuring(format!("a hundred answers had {tokens} tokens together")))
}

fn language(args: &LanguageArgs) -> Result<Value, Box<dyn std::error::Error>> {
    let model = model_ref(&resolve(&args.model)?);
    let (mut prefills, mut decodes) = (Vec::new(), Vec::new());
    let cells = args.prompt.max(args.decode + 8) + 1;
    let options = LlamaOptions {
        kv_type: args.kv_type,
        use_mmap: args.map,
        requantized: args
            .twin
            .then(|| Cache::from_env().map(|cache| cache.requantized_copies()))
            .transpose()?,
        ..LlamaOptions::default()
    };
    let mut engine = engine(args.threads, options, &[&args.model])?;
    let row = with_language(&mut engine, &model, cells, |language| {
        let mut number = 0;
        let text = text_of(language, args.prompt, 0)?;
        prefill(language, text)?;
        decode(language, 8, 0.8, 0)?;
        for _ in 0..args.repetitions {
            if args.prompt > 0 {
                number += 1;
                let text = text_of(language, args.prompt, number)?;
                prefills.push(json!({"tokens": args.prompt, "ms": prefill(language, text)?}));
            }
            for &temperature in &args.temperatures {
                let (tokens, ms) = decode_all(language, args.decode, temperature, &mut number)?;
                decodes.push(json!({"temperature": temperature, "tokens": tokens, "ms": ms}));
            }
        }
        Ok(())
    })?;
    Ok(json!({"prefill": prefills, "decode": decodes, "ledger": row}))
}

fn load(args: &LoadArgs) -> Result<Value, Box<dyn std::error::Error>> {
    let model = resolve(&args.model)?;
    let options = LlamaOptions {
        use_mmap: args.map,
        ..LlamaOptions::default()
    };
    let mut engine = engine(args.threads, options, &[&args.model])?;
    let (mut loads, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..args.repetitions {
        let begun = Instant::now();
        let row = if model.tokenizer.is_some() {
            with_classifier(&mut engine, &model_ref(&model), |_| Ok(()))?
        } else {
            with_language(&mut engine, &model_ref(&model), args.cells, |_| Ok(()))?
        };
        loads.push(row.load_ms);
        wholes.push(milliseconds(begun));
    }
    Ok(json!({"load_ms": loads, "open_and_close_ms": wholes}))
}

/// Tokens of the prompt before several sequences are decoded: few, so that matrix products with the weights dominate.
const WIDE_PROMPT: usize = 16;

fn wide(args: &WideArgs) -> Result<Value, Box<dyn std::error::Error>> {
    let model = model_ref(&resolve(&args.model)?);
    let mut rows = Vec::new();
    for &sequences in &args.sequences {
        let mut engine = engine(args.threads, LlamaOptions::default(), &[&args.model])?;
        let workload = Workload {
            requests: vec![Estimate {
                sequences,
                ..Estimate::one(Some(WIDE_PROMPT), args.decode)
            }],
            together: 1,
            more_come: false,
        };
        let mut work = Work(workload, |language: &mut dyn Language| {
            let request = Generate {
                sequences,
                ..Generate::one(Prompt::Plain(text_of(language, WIDE_PROMPT, 0)?), args.decode)
            };
            language.generate(&request, &mut |_| {}).map(|_| ())
        });
        let (row, done) = engine.language(StageName::REPORT, &model, &Cancel::new(), &mut work, &|_| {});
        done?;
        let row = row.expect("an arena was open");
        rows.push(json!({"sequences": sequences, "tokens": row.decoded_tokens, "ms": row.decode_ms}));
    }
    Ok(json!(rows))
}

fn ahead(args: &AheadArgs) -> Result<Value, Box<dyn std::error::Error>> {
    let (first, second) = (resolve(&args.first)?, resolve(&args.model)?);
    rustix::fs::fadvise(
        std::fs::File::open(&second.weights)?,
        0,
        None,
        rustix::fs::Advice::DontNeed,
    )?;
    let mut engine = engine(args.threads, LlamaOptions::default(), &[&args.first, &args.model])?;
    let (first, second) = (model_ref(&first), model_ref(&second));
    if args.announced {
        engine.expect(std::slice::from_ref(&second));
    }
    let mut prompt_ms = 0.0;
    with_language(&mut engine, &first, args.prompt + 1, |language| {
        let text = text_of(language, args.prompt, 0)?;
        prompt_ms = prefill(language, text)?;
        Ok(())
    })?;
    let row = with_language(&mut engine, &second, 2048, |_| Ok(()))?;
    Ok(json!({"prompt_ms": prompt_ms, "load_ms": row.load_ms}))
}

fn with_classifier(
    engine: &mut NativeEngine,
    model: &ModelRef,
    mut run: impl FnMut(&mut dyn Classifier) -> Result<(), EngineError>,
) -> Result<LedgerRow, EngineError> {
    let (row, done) = engine.classifier(StageName::SENTIMENT, model, &Cancel::new(), &mut run, &|_| {});
    done?;
    Ok(row.expect("an arena was open"))
}

fn classify(args: &ClassifyArgs) -> Result<Value, Box<dyn std::error::Error>> {
    let texts: Vec<String> = serde_json::from_reader(std::fs::File::open(&args.texts)?)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let model = model_ref(&resolve(&args.model)?);
    let (mut took, mut rows) = (Vec::new(), Vec::new());
    with_classifier(
        &mut engine(args.threads, LlamaOptions::default(), &[&args.model])?,
        &model,
        |classifier| {
            rows = classifier.classify(&texts)?;
            for _ in 0..args.repetitions {
                let begun = Instant::now();
                classifier.classify(&texts)?;
                took.push(milliseconds(begun));
            }
            Ok(())
        },
    )?;
    Ok(json!({"ms": took, "probabilities": rows}))
}
