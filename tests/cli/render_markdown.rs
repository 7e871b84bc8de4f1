//! The complete Markdown output, and its protection against hostile text.

use crate::failures::sample_of_failures;
use crate::sample::sample;
use crate::unread::sample_with_unread;
use pulldown_cmark::{Event, Options, Parser, Tag};
use tripod::render::markdown;

#[test]
fn a_full_analysis_looks_as_agreed() {
    insta::assert_snapshot!(markdown(&sample()));
}

#[test]
fn an_analysis_without_any_stage_says_what_failed() {
    insta::assert_snapshot!(markdown(&sample_of_failures()));
}

#[test]
fn hostile_words_bring_in_no_html_no_link_no_picture_and_no_cell() {
    let hostile =
        "</td><script>alert(1)</script> | ![x](http://h/p.png) [a](http://h) <http://h> `b` **c** \n# d\n\n---";
    let mut analysis = sample();
    let links_before = links(&markdown(&analysis));
    analysis.company = Some(hostile.into());
    analysis.warnings = vec![hostile.into()];
    analysis.report.as_mut().unwrap().markdown = format!("## Summary\n\n{hostile}");
    let sentiment = analysis.sentiment.as_mut().unwrap();
    sentiment.summary = Some(hostile.into());
    for headline in &mut sentiment.headlines {
        headline.title = hostile.into();
        headline.source = hostile.into();
    }
    let text = markdown(&analysis);
    assert_eq!(links(&text), links_before, "only the headline's own address is a link");
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("2013-02-2") && line.contains("script"))
        .collect();
    assert_eq!(rows.len(), 4);
    for event in Parser::new_ext(&text, Options::all()) {
        assert!(
            !matches!(
                event,
                Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Image { .. })
            ),
            "{event:?}"
        );
    }
}

#[test]
fn an_address_that_is_not_of_the_web_is_left_out() {
    let mut analysis = sample();
    analysis.sentiment.as_mut().unwrap().headlines[0].url = Some("javascript:alert(1)".into());
    assert!(!markdown(&analysis).contains("javascript"));
}

fn links(text: &str) -> Vec<String> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_language_of_a_headline_and_what_was_not_read_are_shown() {
    let analysis = sample_with_unread("アップル | <b>");
    let text = markdown(&analysis);
    for part in [
        "· in de",
        "does not know their language",
        "- アップル \\| \\<b\\> (Wire, 2013-02-28, in ja)",
        "Asked: Yahoo news, Finnhub.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
