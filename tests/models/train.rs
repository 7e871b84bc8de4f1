//! A model that was trained here and exported: llama.cpp computes what the trainer computes, and reads the vocabulary as the
//! prompt format writes it.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use tripod::dataset::{Draw, Mixture, Part, Plan, Recipe, Split};
use tripod::engine::{Cancel, TokenCounter};
use tripod::formats::PromptFormat;
use tripod::models::Manifest;
use tripod::train::model::Model;
use tripod::train::model::llama::{Llama, LlamaConfig};
use tripod::train::{Card, Example, Examples, Options, Session, TrainError, Watch, export, run};

use super::convert::llama;

/// Random walks over the words of the format.
struct Walks;

impl Examples for Walks {
    fn len(&self) -> u64 {
        1 << 30
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let graded = PromptFormat::ReturnsV4.vocabulary().unwrap().graded().unwrap();
        let mut state = index.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut tokens = vec![1];
        for _ in 0..24 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            tokens.push(graded.start + (state >> 40) as u32 % graded.len() as u32);
        }
        let mut weights = vec![1.0; tokens.len()];
        weights[0] = 0.0;
        Ok(Example { tokens, weights })
    }
}

/// A llama with the vocabulary of a format and random weights.
fn random(format: PromptFormat, kv_heads: usize, tied: bool) -> Llama {
    let config = LlamaConfig {
        vocabulary: format.vocabulary().unwrap().pieces().len(),
        width: 32,
        layers: 2,
        heads: 4,
        kv_heads,
        ffn: 48,
        context: 128,
        rope_theta: 10_000.0,
        norm_epsilon: 1e-5,
        tied,
    };
    Llama::random(config, 4, &Device::flex()).unwrap()
}

fn trained(kv_heads: usize, tied: bool) -> Llama {
    let mut model = random(PromptFormat::ReturnsV4, kv_heads, tied);
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        steps: 12,
        batch: 4,
        micro_batch: 4,
        learning_rate: 2e-2,
        warmup: 2,
        averaging: 0.0,
        validate_every: 0,
        ..Options::default()
    };
    let session = Session {
        folder: folder.path().into(),
        resume: false,
        threads: 1,
        max_steps: None,
        checkpoint_every: 0,
        device: Device::flex(),
        recompute: false,
    };
    let mut watch = Watch {
        cancel: &Cancel::new(),
        show: &mut |_| {},
    };
    run(&options, &session, &mut model, &Walks, &Walks, &mut watch).unwrap();
    model
}

fn card() -> Card {
    Card {
        id: "walks".into(),
        licence: "MIT".into(),
        description: "A model for tests.".into(),
        format: PromptFormat::ReturnsV4,
        trained_until: chrono::NaiveDate::from_ymd_opt(2007, 12, 31),
    }
}

#[test]
fn llama_cpp_computes_the_same_logits_deep_into_the_sequence() {
    for (kv_heads, tied) in [(4, false), (2, true)] {
        let mut model = trained(kv_heads, tied);
        let folder = tempfile::tempdir().unwrap();
        let exported = export(&mut model, &card(), folder.path()).unwrap();
        let mut tokens = Walks.get(3).unwrap().tokens;
        tokens.extend(&Walks.get(4).unwrap().tokens[1..]);
        let inputs = tokens.iter().map(|&token| token as i32).collect();
        let inputs: Tensor<2, Int> =
            Tensor::from_data(TensorData::new::<i32, _>(inputs, [1, tokens.len()]), &Device::flex());
        let ours: Vec<f32> = model.forward(inputs).into_data().try_into_vec().unwrap();
        let ids: Vec<i32> = tokens.iter().map(|&token| token as i32).collect();
        // Starts llama.cpp's backend.
        TokenCounter::open(&exported.weights).unwrap();
        let theirs = llama::logits(&exported.weights, &ids, None);
        let vocabulary = model.config().vocabulary;
        assert_eq!((theirs.len(), theirs[0].len()), (49, vocabulary));
        let spread = ours.iter().fold(0.0, |most: f32, logit| most.max(logit.abs()));
        assert!(spread > 0.5, "the logits say nothing: {spread}");
        for (position, row) in theirs.iter().enumerate() {
            for (token, theirs) in row.iter().enumerate() {
                let ours = ours[position * vocabulary + token];
                assert!((ours - theirs).abs() < 1e-3, "{position} {token}: {ours} {theirs}");
            }
        }
    }
}

#[test]
fn the_manifest_says_how_the_model_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let exported = export(&mut trained(4, false), &card(), folder.path()).unwrap();
    let text = std::fs::read_to_string(&exported.manifest).unwrap();
    let manifest = Manifest::parse(&text, "walks.toml").unwrap();
    assert_eq!(manifest.id, "walks");
    assert_eq!(manifest.prompt_format.unwrap().as_str(), "returns-v4");
    assert_eq!(manifest.trained_until, card().trained_until);
    assert_eq!(
        (
            manifest.sampling.temperature,
            manifest.sampling.top_p,
            manifest.sampling.min_p
        ),
        (1.0, 1.0, 0.0)
    );
    assert_eq!(
        manifest.files[0].bytes,
        Some(std::fs::metadata(&exported.weights).unwrap().len())
    );
}

#[test]
fn llama_cpp_reads_a_prompt_as_the_format_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let exported = export(&mut trained(4, false), &card(), folder.path()).unwrap();
    let vocabulary = PromptFormat::ReturnsV4.vocabulary().unwrap();
    // The only word without a space before it begins a prompt.
    let (first, spaced): (Vec<&str>, Vec<&str>) = vocabulary.words().partition(|word| !word.starts_with(' '));
    let words = [first, spaced].concat().concat();
    TokenCounter::open(&exported.weights).unwrap();
    let tokens = llama::ids(&llama::vocabulary(&exported.weights), &words);
    assert_eq!(tokens, vocabulary.encode(&words).unwrap());
}

/// Prompts and completions of simulated series.
fn texts(format: PromptFormat) -> Vec<String> {
    let recipe = Recipe {
        version: Recipe::VERSION,
        format,
        seed: 5,
        count: 1,
        draw: Draw::uniform(40..=80, 5..=10),
        part: Part::Train,
        split: Split {
            day: chrono::NaiveDate::default(),
            gap: 10,
            test_tickers: Vec::new(),
        },
        mixture: Mixture::SIMULATED,
        series: None,
    };
    let plan = Plan::new(&recipe, None).unwrap();
    (0..8)
        .map(|number| plan.fresh(number).unwrap())
        .flat_map(|example| [example.prompt, example.completion])
        .collect()
}

#[test]
fn llama_cpp_reads_the_characters_of_a_price_as_the_format_counts_them() {
    for format in [PromptFormat::SeedV1, PromptFormat::StatsV2, PromptFormat::ScaledV3] {
        let vocabulary = format.vocabulary().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut model = random(format, 4, false);
        let exported = export(&mut model, &Card { format, ..card() }, folder.path()).unwrap();
        TokenCounter::open(&exported.weights).unwrap();
        let theirs = llama::vocabulary(&exported.weights);
        let all: String = vocabulary.words().collect();
        // A ticker is any text, and a user may send any to the model.
        let strange = [
            all.as_str(),
            "",
            " ",
            "  two  spaces \n\n",
            "STOCK: ÉTÉ 株 🚀\t\r\n",
            "<s></s><unk><0x41>▁",
            "\u{0}\u{7f}\u{a0}e\u{301}",
        ];
        for text in texts(format).iter().map(String::as_str).chain(strange) {
            // As for a prompt, where the name of a control token is text.
            let tokens = theirs.vocab().tokenize(text.as_bytes(), false, false);
            let tokens: Vec<u32> = tokens.iter().map(|token| u32::try_from(token.0).unwrap()).collect();
            assert_eq!(tokens, vocabulary.encode(text).unwrap(), "{format}: {text:?}");
        }
        let prompt = &texts(format)[0];
        assert_eq!(
            vocabulary.encode(prompt).unwrap().len(),
            prompt.len(),
            "one token a character"
        );
    }
}
