//! Examples for training: the same number gives the same example, whoever asks; what a file holds is what the factory drew.

use std::collections::HashSet;

use tripod::dataset::{
    Draw, FileExamples, FreshExamples, Job, Mixture, Part, Plan, Recipe, SeriesOrigin, Split, collect, generate,
};
use tripod::formats::PromptFormat;
use tripod::market::Repair;
use tripod::train::Examples;

fn recipe(mixture: &str, part: Part, series: Option<String>) -> Recipe {
    Recipe {
        version: Recipe::VERSION,
        format: PromptFormat::ReturnsV4,
        seed: 11,
        count: 64,
        draw: Draw::uniform(40..=90, 5..=30),
        part,
        split: Split {
            day: chrono::NaiveDate::from_ymd_opt(2010, 1, 4).unwrap(),
            gap: 30,
            test_tickers: Vec::new(),
        },
        mixture: mixture.parse().unwrap(),
        series,
    }
}

#[test]
fn fresh_examples_are_whole_differ_and_are_the_same_for_the_same_number() {
    let folder = tempfile::tempdir().unwrap();
    let origin = SeriesOrigin::Demo { tickers: Vec::new() };
    let collected = collect(&origin, Repair::default(), folder.path()).unwrap();
    let recipe = recipe(
        "real=0.5,simulated=0.5",
        Part::Train,
        Some(collected.pack.sha256().to_owned()),
    );
    let plan = Plan::new(&recipe, Some(&collected.pack)).unwrap();
    let examples = FreshExamples::new(&plan, 40, &PromptFormat::ReturnsV4);
    let vocabulary = PromptFormat::ReturnsV4.vocabulary().unwrap();
    let mut seen = HashSet::new();
    for index in 0..examples.len() {
        let example = examples.get(index).unwrap();
        example.check(index, vocabulary.pieces().len()).unwrap();
        assert_eq!(example, examples.get(index).unwrap());
        // The beginning, eleven words of statistics and marks, and a word for each return.
        let days = example.tokens.len() - 12;
        assert!((40 + 5 - 1..=90 + 30 - 1).contains(&days), "{days}");
        let completion = example.weights.iter().filter(|weight| **weight == 1.0).count();
        assert!((5..=30).contains(&completion), "{completion}");
        seen.insert(example.tokens);
    }
    assert_eq!(seen.len(), 40);
}

#[test]
fn training_and_validation_draw_from_different_simulated_series() {
    let of = |part| {
        let recipe = recipe("simulated=1", part, None);
        let plan = Plan::new(&recipe, None).unwrap();
        let examples = FreshExamples::new(&plan, 30, &PromptFormat::ReturnsV4);
        (0..30)
            .map(|index| examples.get(index).unwrap().tokens)
            .collect::<HashSet<_>>()
    };
    let (train, test) = (of(Part::Train), of(Part::Test));
    assert_eq!(
        (train.len(), test.len(), train.intersection(&test).count()),
        (30, 30, 0)
    );
}

#[test]
fn a_file_of_the_factory_gives_its_lines_as_tokens_and_a_wrong_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        mixture: Mixture::SIMULATED,
        ..recipe("simulated=1", Part::All, None)
    };
    let plan = Plan::new(&recipe, None).unwrap();
    let job = Job {
        out: folder.path().join("train.jsonl"),
        shard: None,
        threads: 1,
        level: 1,
        fresh: false,
        origins: Vec::new(),
    };
    let path = generate(&plan, &job, &mut |_| true).unwrap().path;
    let examples = FileExamples::read(std::slice::from_ref(&path), &PromptFormat::ReturnsV4, 1).unwrap();
    assert_eq!(examples.len(), 64);
    let text = std::fs::read_to_string(&path).unwrap();
    let vocabulary = PromptFormat::ReturnsV4.vocabulary().unwrap();
    for (index, line) in (0..).zip(text.lines()) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let completion = vocabulary.encode(record["completion"].as_str().unwrap()).unwrap();
        assert!(examples.get(index).unwrap().tokens.ends_with(&completion), "{index}");
    }
    assert!(examples.get(64).is_err());
    let broken = folder.path().join("broken.jsonl");
    std::fs::write(&broken, text.replacen("NEXT:", "THEN:", 3)).unwrap();
    let error = FileExamples::read(&[broken], &PromptFormat::ReturnsV4, 1)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("broken.jsonl") && error.contains("line 1") && error.contains("THEN:"),
        "{error}"
    );
}
