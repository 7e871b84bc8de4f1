//! Tests of the file of rows: killed, resumed, completed, and taken for something else.

#![allow(clippy::unwrap_used)]

use super::super::row::Judgement;
use super::*;
use crate::market::Ticker;
use crate::news::Headline;

fn model(id: &str) -> ModelRef {
    ModelRef {
        id: id.into(),
        sha256: "ab".repeat(32),
        adapter: None,
        remote: None,
        trained_until: None,
    }
}

fn story(ticker: &str, title: &str, at: &str) -> Story {
    Story {
        ticker: Ticker::parse(ticker).unwrap(),
        company: ticker.into(),
        headline: Headline {
            title: title.into(),
            source: "Wire".into(),
            published_at: at.parse().unwrap(),
            url: None,
            disguised: false,
            undated: false,
            language: None,
        },
        next_day_change: None,
    }
}

fn row(title: &str) -> LabelRow {
    let judgement = Judgement {
        label: Label::Negative,
        score: -0.35,
        next_day_change: -1.5,
    };
    LabelRow::new(
        story("ACME", title, "2013-02-26T16:40:00Z"),
        judgement,
        &model("reporter"),
    )
}

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("labels.jsonl")
}

#[test]
fn a_run_that_was_killed_within_any_row_goes_on_to_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let titles = ["Acme wins an order", "Acme \u{201c}loses\u{201d} a plant"];
    let mut file = LabelFile::open(&path, false, &model("reporter")).unwrap();
    titles.iter().for_each(|title| file.append(&row(title)).unwrap());
    drop(file);
    let all = std::fs::read(&path).unwrap();
    for killed_at in (0..all.len()).step_by(13) {
        std::fs::write(&path, &all[..killed_at]).unwrap();
        let mut file = LabelFile::open(&path, false, &model("reporter")).unwrap();
        for title in titles {
            if file.has(&story("ACME", title, "2013-02-26T16:40:00Z")) == Present::New {
                file.append(&row(title)).unwrap();
            }
        }
        assert_eq!((file.rows(), file.labels()[&Label::Negative]), (2, 2));
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), all, "killed at byte {killed_at}");
    }
}

#[test]
fn a_row_is_known_by_ticker_title_and_day_and_a_story_by_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = LabelFile::open(&path(&folder), false, &model("reporter")).unwrap();
    file.append(&row("Acme wins an order")).unwrap();
    let has = |ticker: &str, title: &str, at: &str| file.has(&story(ticker, title, at));
    let later = "2013-02-26T20:00:00Z";
    assert_eq!(has("ACME", "Acme wins an order", later), Present::Labelled);
    assert_eq!(
        has("ACME", "Acme wins an order", "2013-02-27T01:00:00Z"),
        Present::SameStory
    );
    assert_eq!(has("BETA", "ACME WINS ORDER - Wire", later), Present::SameStory);
    assert_eq!(has("ACME", "Acme wins two orders", later), Present::New);
}

#[test]
fn a_change_that_is_known_by_now_is_written_into_its_row_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let mut file = LabelFile::open(&path, false, &model("reporter")).unwrap();
    for title in ["Acme wins an order", "Acme loses a plant"] {
        file.append(&row(title)).unwrap();
    }
    let known = |row: &LabelRow| row.title.contains("wins").then_some(1.25);
    assert_eq!(file.complete(&|_| None).unwrap(), 0);
    assert_eq!(file.complete(&known).unwrap(), 1);
    assert_eq!(file.complete(&known).unwrap(), 0, "it is known now");
    file.append(&row("Acme names a chief")).unwrap();
    let second = LabelFile::open(&path, false, &model("reporter")).unwrap_err();
    assert!(matches!(second, SentimentError::Busy { .. }), "{second}");
    drop(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<LabelRow> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        LabelRow {
            actual_next_day_change: Some(1.25),
            ..row("Acme wins an order")
        },
        row("Acme loses a plant"),
        row("Acme names a chief"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    for (text, line) in [
        ("[1, 2, 3]", 1),
        ("{\"prompt\": \"A\"}\n", 1),
        ("{\"ticker\":\"A\"}\n", 1),
        ("{\"ticker\":\"A\"}", 1),
        ("x", 1),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = LabelFile::open(&path, false, &model("reporter")).unwrap_err();
        assert!(
            matches!(&error, SentimentError::Damaged { line: found, .. } if *found == line),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    let mut file = LabelFile::open(&path, true, &model("reporter")).unwrap();
    assert_eq!(file.rows(), 0);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "x",
        "there is nothing better yet"
    );
    for title in ["Acme wins an order", "Acme loses a plant"] {
        file.append(&row(title)).unwrap();
    }
    drop(file);
    let file = LabelFile::open(&path, false, &model("reporter")).unwrap();
    assert_eq!(file.rows(), 2);
}

#[test]
fn labels_of_two_models_or_prompts_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let mut file = LabelFile::open(&path, false, &model("reporter")).unwrap();
    file.append(&row("Acme wins an order")).unwrap();
    drop(file);
    let error = LabelFile::open(&path, false, &model("another"))
        .unwrap_err()
        .to_string();
    for word in [
        "line 1",
        "labels.jsonl",
        "reporter@abababababab",
        "another@abababababab",
        "--fresh",
    ] {
        assert!(error.contains(word), "{error}");
    }
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(PROMPT_VERSION, "headline-label-v0")).unwrap();
    let error = LabelFile::open(&path, false, &model("reporter"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("headline-label-v0"), "{error}");
}
