//! The PDF: two pages whose words can be read, whatever is in the analysis.

use std::collections::BTreeMap;

use tripod::analysis::Analysis;
use tripod::render::pdf;

use crate::sample::sample;

/// The number of pages and the text of a PDF.
fn read(analysis: &Analysis) -> (usize, String) {
    let bytes = pdf(analysis).unwrap();
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).unwrap();
    (pages.len(), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn two_pages_hold_the_call_the_figures_the_report_and_the_headlines() {
    let analysis = sample();
    let (pages, text) = read(&analysis);
    assert_eq!(pages, 2);
    for part in [
        "Apple Inc. (AAPL)",
        "NO CALL",
        "Median",
        "Market context",
        "investment advice",
        &analysis.id,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let headlines = &analysis.sentiment.unwrap().headlines;
    assert!(text.contains(headlines[0].title.split(' ').next().unwrap()), "{text}");
}

#[test]
fn a_missing_stage_an_endless_report_and_unknown_letters_leave_two_pages() {
    let mut bare = sample();
    (bare.forecast, bare.sentiment, bare.report) = (None, None, None);
    bare.timings = BTreeMap::new();
    assert_eq!(read(&bare).0, 2);
    let mut full = sample();
    full.company = Some("\u{682a}\u{5f0f}\u{4f1a}\u{793e} \u{202e}Ltd.".into());
    let report = full.report.as_mut().unwrap();
    report.markdown = format!("## Summary\n\n{}\n\n{}", "word ".repeat(5_000), "W".repeat(4_000));
    let (pages, text) = read(&full);
    assert_eq!(pages, 2);
    assert!(text.contains("goes on in the analysis itself"), "{text}");
}
