//! `tripod search`, and names of companies on the command line, without a network: the bundled companies answer.

use std::path::Path;
use std::process::Output;

use crate::command::{stderr, stdout, tripod_command};
use serde_json::Value;

/// Runs the binary with an empty cache of its own; Yahoo's addresses lead nowhere.
fn run(cache: &Path, arguments: &[&str]) -> Output {
    tripod_command(arguments)
        .env("TRIPOD_CACHE", cache)
        .env("TRIPOD_YAHOO_URL", "http://127.0.0.1:9")
        .env("TRIPOD_YAHOO_SEARCH_URL", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

#[test]
fn a_search_prints_symbol_name_kind_and_exchange() {
    let cache = tempfile::tempdir().unwrap();
    let found = stdout(&run(cache.path(), &["search", "home", "depot", "--offline"]));
    let (head, row) = found.split_once('\n').unwrap();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(head), ["SYMBOL", "NAME", "KIND", "EXCHANGE"]);
    assert_eq!(words(row), ["HD", "Home", "Depot,", "Inc.", "equity", "nyse"]);
    let json = stdout(&run(
        cache.path(),
        &["search", "brk.b", "--offline", "--json", "--limit", "1"],
    ));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json[0]["symbol"], &json[0]["kind"]),
        (&"BRK-B".into(), &"equity".into())
    );
    let none = run(cache.path(), &["search", "nothing of this name", "--offline"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stdout(&none).is_empty());
    let told = stderr(&none);
    assert!(
        told.contains("error: no security is called \"nothing of this name\""),
        "{told}"
    );
}

#[test]
fn a_name_is_taken_for_the_company_it_means_and_a_note_says_which() {
    let cache = tempfile::tempdir().unwrap();
    for (name, note) in [
        ("Home Depot", "Home Depot is taken for HD (Home Depot, Inc."),
        ("Caterpillar", "Caterpillar is taken for CAT (Caterpillar"),
        ("brk.b", "brk.b is taken for BRK-B, as Yahoo Finance writes it"),
    ] {
        let output = run(
            cache.path(),
            &["analyze", name, "--demo", "--stages", "sentiment", "--quiet"],
        );
        let told = stderr(&output);
        assert!(told.contains(note), "{told}");
    }
}

#[test]
fn a_name_of_several_companies_or_of_none_is_an_error_that_helps() {
    let cache = tempfile::tempdir().unwrap();
    let several = run(
        cache.path(),
        &["analyze", "Bank of", "--demo", "--stages", "sentiment", "--quiet"],
    );
    assert_eq!(several.status.code(), Some(1));
    let told = stderr(&several);
    assert!(
        told.contains("\"Bank of\" can be ")
            && told.contains("BAC (Bank of America")
            && told.contains("give the symbol"),
        "{told}"
    );
    let none = run(
        cache.path(),
        &[
            "analyze",
            "No Such Company",
            "--demo",
            "--stages",
            "sentiment",
            "--quiet",
        ],
    );
    assert_eq!(none.status.code(), Some(1));
    assert!(
        stderr(&none).contains("no company is called \"No Such Company\""),
        "{}",
        stderr(&none)
    );
}

#[test]
fn a_word_that_several_companies_are_called_is_asked_back_and_not_taken_for_a_symbol() {
    let cache = tempfile::tempdir().unwrap();
    for name in ["American", "Bank of"] {
        let output = run(cache.path(), &["analyze", name, "--demo", "--stages", "sentiment"]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(
            told.contains(&format!("\"{name}\" can be ")) && told.contains("give the symbol"),
            "{told}"
        );
    }
}
