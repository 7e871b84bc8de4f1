//! Many paths of a small model, decoded without llama.cpp: the same logits, the same paths whatever the group, seeds, grammars,
//! cancelling, budgets, and the files that llama.cpp computes instead.

use std::cell::RefCell;
use std::path::Path;

use tripod::analysis::{LedgerRow, ModelRef, StageName};
use tripod::convert::TensorType;
use tripod::engine::{
    Budget, Cancel, Completion, Engine, EngineError, EngineOptions, Estimate, Generate, Grammar, KvType, Language,
    LanguageInfo, LanguageWork, LlamaOptions, NativeEngine, Prompt, Sampling, Step, Workload,
};
use tripod::models::Role;

use crate::support;
use crate::tiny_llama::{TinyLlama, days, history};

/// Two layers, two heads that share one of keys and values, and a width that fills no panel.
const SMALL: TinyLlama = TinyLlama {
    width: 72,
    layers: 2,
    heads: 2,
    kv_heads: 1,
    feed_forward: 80,
    kind: TensorType::F32,
    seed: 1,
};

struct Paths<'a> {
    request: Generate,
    watch: &'a mut dyn FnMut(Step<'_>),
    result: RefCell<Option<Result<Vec<Completion>, EngineError>>>,
}

impl LanguageWork for Paths<'_> {
    fn plan(&mut self, info: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        let request = Estimate {
            sequences: self.request.sequences,
            ..Estimate::one(info.count(&self.request.prompt)?, self.request.max_tokens)
        };
        Ok(Workload {
            requests: vec![request],
            together: 1,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let result = language.generate(&self.request, self.watch);
        *self.result.borrow_mut() = Some(result);
        Ok(())
    }
}

/// An engine over the model file of a folder, and the model's name and hash.
fn engine(folder: &Path, small_models: bool, budget: Budget) -> (NativeEngine, ModelRef) {
    let path = folder.join("tiny.gguf");
    let options = EngineOptions {
        budget,
        llama: LlamaOptions {
            threads: 1,
            small_models,
            kv_type: KvType::F16,
            ..LlamaOptions::default()
        },
        models: support::own_files(folder, Role::Forecaster, &[&path]),
        ..EngineOptions::default()
    };
    (
        NativeEngine::new(options),
        support::own_ref(folder, Role::Forecaster, &path),
    )
}

type Answer = (Option<LedgerRow>, Result<Vec<Completion>, EngineError>);

fn ask_with(
    (mut engine, model): (NativeEngine, ModelRef),
    request: Generate,
    watch: &mut dyn FnMut(Step<'_>),
) -> Answer {
    let mut work = Paths {
        request,
        watch,
        result: RefCell::new(None),
    };
    let (row, done) = engine.language(StageName::FORECAST, &model, &Cancel::new(), &mut work, &|_| {});
    let result = work.result.into_inner();
    (row, done.and_then(|()| result.expect("a result")))
}

fn ask(folder: &Path, small_models: bool, request: Generate) -> Vec<Completion> {
    let engine = engine(folder, small_models, Budget::default());
    ask_with(engine, request, &mut |_| {}).1.unwrap()
}

/// Paths of `length` days after `context` days, at temperature 1.
fn paths(count: usize, context: usize, length: usize) -> Generate {
    let mut request = Generate::one(Prompt::Plain(history(context)), length + 1);
    request.sequences = count;
    request.grammar = Some(Grammar::Pattern(days(length)));
    request.sampling = Sampling {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        seed: 5,
        ..Sampling::default()
    };
    request
}

fn folder(model: &TinyLlama) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    model.write(&folder.path().join("tiny.gguf"));
    folder
}

/// The logarithms of the probabilities of the chosen token and of the 20 most probable ones, at each position of each path.
fn log_probabilities(folder: &Path, small_models: bool, request: Generate) -> Vec<Vec<f32>> {
    let mut found = vec![Vec::new(); request.sequences];
    let engine = engine(folder, small_models, Budget::default());
    let (_, result) = ask_with(engine, request, &mut |step| {
        if let Step::Text { sequence, tokens, .. } = step {
            let all = tokens
                .iter()
                .flat_map(|token| std::iter::once(&token.token).chain(&token.top));
            found[sequence].extend(all.map(|one| one.logprob));
        }
    });
    result.unwrap();
    found
}

#[test]
fn the_probabilities_are_those_of_llama_cpp() {
    // llama.cpp's cache has 16 bits, and it rounds what it multiplies to the type of the weights. With 8 bits of mantissa another
    // token can become the most probable one, so that only the first position is compared.
    const FIRST: usize = 1 + 20;
    for (kind, close, count) in [
        (TensorType::F32, 5e-3, usize::MAX),
        (TensorType::F16, 2e-2, usize::MAX),
        (TensorType::Bf16, 6e-2, FIRST),
    ] {
        let folder = folder(&TinyLlama { kind, ..SMALL });
        let mut request = paths(32, 70, 40);
        // One text only, so that both engines evaluate the same tokens.
        let text = history(110)[history(70).len()..].to_owned();
        request.grammar = Some(Grammar::Pattern(text.replace('+', r"\+").replace('.', r"\.")));
        request.sampling.temperature = 0.0;
        request.logprobs = Some(20);
        request.max_tokens = 300;
        let own = log_probabilities(folder.path(), true, request.clone());
        let theirs = log_probabilities(folder.path(), false, request);
        assert!(
            own.iter().all(|path| *path == own[0] && path.len() >= 40 * 21),
            "{kind:?}"
        );
        if count == usize::MAX {
            assert_eq!(own[0].len(), theirs[0].len(), "{kind:?}");
        }
        for (own, theirs) in own[0].iter().zip(&theirs[0]).take(count) {
            assert!((own - theirs).abs() < close, "{kind:?}: {own} and {theirs}");
        }
    }
}

#[test]
fn a_path_depends_on_its_seed_and_number_and_on_nothing_else() {
    let folder = folder(&SMALL);
    let all = ask(folder.path(), true, paths(150, 40, 6));
    let words: Vec<&str> = all[0].text.split_whitespace().collect();
    assert_eq!(words.len(), 6, "{words:?}");
    let distinct: std::collections::BTreeSet<&str> = all.iter().map(|path| path.text.as_str()).collect();
    assert!(distinct.len() > 140, "{}", distinct.len());
    assert_eq!(ask(folder.path(), true, paths(33, 40, 6)), all[..33], "fewer paths");
    let mut other = paths(33, 40, 6);
    other.sampling.seed = 6;
    assert_ne!(ask(folder.path(), true, other), all[..33]);
    // A short budget decodes fewer paths together.
    let (row, _) = ask_with(
        engine(folder.path(), true, Budget::default()),
        paths(150, 40, 6),
        &mut |_| {},
    );
    let short = Budget(row.unwrap().need_bytes - 1);
    let (row, narrow) = ask_with(engine(folder.path(), true, short), paths(150, 40, 6), &mut |_| {});
    assert!(row.unwrap().need_bytes <= short.0);
    assert_eq!(narrow.unwrap(), all);
    let refused = ask_with(engine(folder.path(), true, Budget(1)), paths(150, 40, 6), &mut |_| {}).1;
    assert!(matches!(refused, Err(EngineError::OverBudget { hint, .. }) if hint.contains("--budget")));
}

#[test]
fn paths_of_different_lengths_make_room_for_the_next() {
    let folder = folder(&SMALL);
    let mut request = paths(100, 30, 1);
    request.grammar = Some(Grammar::Pattern("(?: [+-][0-9]\\.[0-9]{2}){1,9}".into()));
    request.max_tokens = 12;
    let mut finished = Vec::new();
    let engine = engine(folder.path(), true, Budget::default());
    let (row, result) = ask_with(engine, request.clone(), &mut |step| {
        if let Step::Finished { sequence, completion } = step {
            finished.push((sequence, completion.text.clone()));
        }
    });
    let all = result.unwrap();
    assert_eq!(all.len(), 100);
    let lengths: std::collections::BTreeSet<usize> = all.iter().map(|path| path.tokens).collect();
    assert!(lengths.len() > 1, "{lengths:?}");
    finished.sort();
    let expected: Vec<(usize, String)> = all.iter().map(|path| path.text.clone()).enumerate().collect();
    assert_eq!(finished, expected);
    let row = row.unwrap();
    assert_eq!(row.prompt_tokens, 31, "the days and the token before them");
    assert!(row.decode_ms > 0.0 && row.decoded_tokens > 0);
}

#[test]
fn a_cancelled_request_ends_within_a_step() {
    let folder = folder(&SMALL);
    let request = paths(64, 30, 20);
    let (cancel, mut steps) = (request.cancel.clone(), 0);
    let engine = engine(folder.path(), true, Budget::default());
    let (_, result) = ask_with(engine, request, &mut |step| {
        if let Step::Decoded { .. } = step {
            steps += 1;
            if steps == 3 {
                cancel.cancel();
            }
        }
    });
    assert!(matches!(result, Err(EngineError::Cancelled)));
    assert_eq!(steps, 3);
}

#[test]
fn a_prompt_that_does_not_fit_and_a_broken_file_are_clear_errors() {
    let folder = folder(&SMALL);
    let long = engine(folder.path(), true, Budget::default());
    let result = ask_with(long, paths(64, 1020, 20), &mut |_| {}).1;
    assert!(matches!(result, Err(EngineError::PromptTooLong { .. })), "{result:?}");
    let path = folder.path().join("tiny.gguf");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 4096]).unwrap();
    let message = ask_with(
        engine(folder.path(), true, Budget::default()),
        paths(64, 30, 5),
        &mut |_| {},
    )
    .1
    .unwrap_err()
    .to_string();
    assert!(message.contains("tiny.gguf"), "{message}");
}
