//! `tripod universe list` and `search` as a user runs them, without a network: the bundled companies, and a damaged list.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::command::{stderr, stdout, tripod_command};
use serde_json::Value;

/// Runs the binary with an empty cache of its own; the sources' addresses lead nowhere.
fn run(cache: &Path, arguments: &[&str]) -> Output {
    tripod_command(arguments)
        .env("TRIPOD_CACHE", cache)
        .env("TRIPOD_NYSE_URL", "http://127.0.0.1:9")
        .env("TRIPOD_SYMBOLS_URL", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

#[test]
fn the_bundled_companies_are_listed_one_on_a_line_and_filtered() {
    let cache = tempfile::tempdir().unwrap();
    let all = stdout(&run(cache.path(), &["universe", "list"]));
    assert!(all.lines().count() > 250);
    assert!(all.lines().any(|line| line == "BRK-B"));
    let nasdaq = run(cache.path(), &["universe", "list", "--exchange", "nasdaq", "--no-etf"]);
    let listed = stdout(&nasdaq);
    assert!(listed.lines().any(|line| line == "AAPL") && !listed.lines().any(|line| line == "QQQ" || line == "IBM"));
    assert!(stderr(&nasdaq).contains("tripod universe fetch"), "{}", stderr(&nasdaq));
    let etfs = stdout(&run(
        cache.path(),
        &["universe", "list", "--type", "etf,fund", "--json"],
    ));
    let etfs: Vec<Value> = serde_json::from_str(&etfs).unwrap();
    assert!(!etfs.is_empty() && etfs.iter().all(|one| one["type"] == "etf" && one["etf"] == true));
    let long = stdout(&run(
        cache.path(),
        &["universe", "list", "--long", "--exchange", "cboe"],
    ));
    assert!(
        long.contains("SYMBOL") && long.contains("Cboe Global Markets, Inc."),
        "{long}"
    );
    let wrong = run(cache.path(), &["universe", "list", "--exchange", "lse"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("nyse-american"), "{}", stderr(&wrong));
}

#[test]
fn a_search_finds_symbols_and_names_and_says_so_when_there_is_none() {
    let cache = tempfile::tempdir().unwrap();
    let found = stdout(&run(cache.path(), &["universe", "search", "home", "depot"]));
    assert!(
        found.contains("HD") && found.contains("Home Depot, Inc.") && found.contains("nyse"),
        "{found}"
    );
    let found = stdout(&run(
        cache.path(),
        &["universe", "search", "brk.b", "--json", "--limit", "1"],
    ));
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(
        (&found[0]["yahoo"], &found[0]["symbol"]),
        (&"BRK-B".into(), &"BRK.B".into())
    );
    let none = run(cache.path(), &["universe", "search", "nothing of this name"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stdout(&none).is_empty());
    assert!(
        stderr(&none).contains("error: no listed security has \"nothing of this name\""),
        "{}",
        stderr(&none)
    );
}

#[test]
fn a_damaged_list_is_an_error_that_names_the_file_and_the_line() {
    let cache = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(cache.path().join("market")).unwrap();
    let path = cache.path().join("market/universe.csv");
    let head = "# tripod-universe 1 fetched=2026-11-27T12:00:00Z sources=nyse listings=2\n";
    let table = "symbol,yahoo,name,exchange,type,etf,test_issue\nIBM,IBM,IBM,nyse,stock,N,N\nX,X,X,moon,stock,N,N\n";
    std::fs::write(&path, format!("{head}{table}")).unwrap();
    let damaged = run(cache.path(), &["universe", "list"]);
    assert_eq!(damaged.status.code(), Some(1));
    let told = stderr(&damaged);
    assert!(
        told.contains("market/universe.csv, line 4: `exchange`: `moon` is none of") && told.contains("fetch"),
        "{told}"
    );
}

#[test]
fn a_list_can_be_analysed_from_standard_input() {
    let cache = tempfile::tempdir().unwrap();
    let listed = run(cache.path(), &["universe", "list", "--exchange", "nyse-american,iex"]);
    assert_eq!(stdout(&listed), "");
    let listed = stdout(&run(cache.path(), &["universe", "list", "--exchange", "cboe"]));
    let mut child = tripod_command(&["analyze", "-", "--demo", "--stages", "sentiment", "--json", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(listed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // The demo has no prices of it, so the symbol was read.
    assert!(
        stderr(&output).contains("error: CBOE: the demo has no"),
        "{}",
        stderr(&output)
    );
}
