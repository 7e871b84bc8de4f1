//! The HTML page is self-contained, its content security policy matches its contents, and no external text becomes markup.

use crate::failures::sample_of_failures;
use crate::sample::sample;
use crate::unread::sample_with_unread;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use tripod::analysis::Analysis;
use tripod::render::html;

/// The text between the first `open` and the next `close`.
fn between<'t>(text: &'t str, open: &str, close: &str) -> &'t str {
    let start = text.find(open).unwrap_or_else(|| panic!("{open} is missing")) + open.len();
    &text[start..start + text[start..].find(close).unwrap()]
}

fn hostile(text: &str) -> Analysis {
    let mut analysis = sample();
    analysis.ticker = text.into();
    analysis.company = Some(text.into());
    analysis.warnings = vec![text.into()];
    analysis.disclaimer = text.into();
    analysis.models.reporter.as_mut().unwrap().id = text.into();
    analysis.arenas[0].model = text.into();
    analysis.report.as_mut().unwrap().markdown = format!("## {text}\n\n{text}\n\n```{text}\n{text}\n```");
    analysis.forecast.as_mut().unwrap().warnings = vec![text.into()];
    let sentiment = analysis.sentiment.as_mut().unwrap();
    sentiment.summary = Some(text.into());
    sentiment.headlines[0].title = text.into();
    sentiment.headlines[0].source = text.into();
    sentiment.headlines[0].url = Some("https://example.com/\"onclick=\"x".into());
    sentiment.headlines[1].url = Some("javascript:alert(1)".into());
    analysis
}

#[test]
fn the_page_has_every_part() {
    let page = html(&sample()).unwrap();
    for part in [
        "Apple Inc.",
        "Price and forecast",
        "Report",
        "News sentiment",
        "Memory",
        "not investment advice",
        "2 s",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(page.contains("Tripod demo (illustrative)"));
}

#[test]
fn a_page_without_any_stage_says_what_failed() {
    let page = html(&sample_of_failures()).unwrap();
    assert!(page.contains("Not everything ran"));
    assert!(page.contains("the budget is 64 MiB"));
    assert!(!page.contains("News sentiment"));
}

#[test]
fn the_policy_admits_exactly_the_pages_own_style_and_script() {
    let page = html(&sample()).unwrap();
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    assert!(policy.starts_with("default-src 'none';"));
    assert!(policy.contains(&format!("style-src {};", hash(between(&page, "<style>", "</style>")))));
    assert!(policy.contains(&format!(
        "script-src {};",
        hash(between(&page, "<script>", "</script>"))
    )));
    assert!(!policy.contains("unsafe"));
}

#[test]
fn the_page_asks_the_network_for_nothing() {
    let page = html(&sample()).unwrap();
    for fetching in [
        "src=",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "style=\"",
        "onclick=",
    ] {
        assert!(!page.contains(fetching), "{fetching}");
    }
    let addresses: Vec<&str> = page
        .match_indices("href=\"")
        .map(|(at, _)| between(&page[at..], "href=\"", "\""))
        .collect();
    let addresses: Vec<String> = addresses.iter().map(|address| address.replace("&#x2f;", "/")).collect();
    assert_eq!(addresses, ["data:,", "https://example.com/news/1"]);
}

#[test]
fn nothing_from_outside_becomes_markup() {
    let page = html(&hostile(
        "</script><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x' & <!--",
    ))
    .unwrap();
    let calm = html(&sample()).unwrap();
    for element in ["<script", "</script", "<img", "<!--", "javascript:"] {
        assert_eq!(
            page.matches(element).count(),
            calm.matches(element).count(),
            "{element}"
        );
    }
    for tag in page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag)
    {
        let names = tag.split('"').step_by(2);
        let handler = names
            .flat_map(str::split_whitespace)
            .find(|word| word.starts_with("on"));
        assert_eq!(handler, None, "<{tag}>");
    }
    assert!(
        page.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "the words are shown as words"
    );
}

#[test]
fn the_charts_data_is_json_that_no_browser_takes_for_an_end_tag() {
    let page = html(&hostile("</script>")).unwrap();
    let data = between(&page, "<script type=\"application/json\" id=\"data\">", "</script>");
    assert!(!data.contains('<'));
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["ticker"], "</script>");
    assert_eq!(data["history"].as_array().unwrap().len(), 180);
    assert_eq!(data["bands"].as_array().unwrap().len(), 3);
}

#[test]
fn odd_numbers_make_no_page_fail() {
    let mut analysis = sample();
    let forecast = analysis.forecast.as_mut().unwrap();
    forecast.median = vec![f64::NAN; 30];
    forecast.quantiles.clear();
    analysis.sentiment.as_mut().unwrap().headlines[0].probabilities.positive = f64::INFINITY;
    analysis.history.clear();
    assert!(html(&analysis).is_ok());
}

#[test]
fn the_language_of_a_headline_and_what_was_not_read_are_shown() {
    let analysis = sample_with_unread("アップル <b>");
    let text = html(&analysis).unwrap();
    for part in [
        "· in de",
        "does not know their language",
        "アップル &lt;b&gt; (Wire, 2013-02-28, in ja)",
        "Asked: Yahoo news, Finnhub.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
