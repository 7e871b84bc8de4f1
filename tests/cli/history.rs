//! `tripod history`, `tripod show` and `tripod delete` as a user runs them, on a store that an analysis made.

use serde_json::Value;

use crate::command::{stderr, stdout, tripod};

#[test]
fn a_stored_analysis_is_listed_shown_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("analyses.sqlite");
    let store = store.to_str().unwrap();
    let with_store = |arguments: &[&str]| tripod(&[arguments, &["--store", store]].concat());
    let small = [
        "--demo",
        "--stages",
        "forecast",
        "--horizon",
        "2",
        "--context",
        "30",
        "--samples",
        "2",
        "--quiet",
    ];
    // One after the other: those of one call are gathered at once, in any order.
    for ticker in ["AAPL", "IBM"] {
        let made = with_store(&[&["analyze", ticker, "--json"][..], &small].concat());
        assert!(made.status.success(), "{}", stderr(&made));
    }

    let listed = with_store(&["history", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&stdout(&listed)).unwrap();
    let tickers: Vec<&str> = rows.iter().map(|row| row["ticker"].as_str().unwrap()).collect();
    assert_eq!(tickers, ["IBM", "AAPL"], "the newest first");
    let id = rows[1]["id"].as_str().unwrap();
    let of_apple = stdout(&with_store(&["history", "AAPL"]));
    assert!(of_apple.contains(id) && !of_apple.contains("IBM"), "{of_apple}");
    let one = with_store(&["history", "--limit", "1"]);
    assert!(stderr(&one).contains("--limit lists more"), "{}", stderr(&one));

    let shown = with_store(&["show", id]);
    assert!(stdout(&shown).contains("Apple Inc. (AAPL)"), "{}", stdout(&shown));
    let page = folder.path().join("page.html");
    let shown = with_store(&["show", id, "--json", "--html", page.to_str().unwrap()]);
    let analysis: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert_eq!(analysis["id"].as_str(), Some(id));
    assert!(page.exists());
    let last: Value = serde_json::from_str(&stdout(&with_store(&["show", "last", "--json"]))).unwrap();
    assert_eq!(last["ticker"], "IBM");

    let deleted = with_store(&["delete", id, "analysis-none"]);
    assert_eq!(deleted.status.code(), Some(1), "one of the two is there");
    assert!(
        stderr(&deleted).contains(&format!("deleted {id}")) && stderr(&deleted).contains("no analysis analysis-none"),
        "{}",
        stderr(&deleted)
    );
    assert_eq!(with_store(&["show", id]).status.code(), Some(1));
    let left: Vec<Value> = serde_json::from_str(&stdout(&with_store(&["history", "--json"]))).unwrap();
    assert_eq!(left.len(), 1);
}
