//! The complete terminal output, and its protection against hostile headlines.

use crate::failures::sample_of_failures;
use crate::sample::sample;
use crate::unread::sample_with_unread;
use unicode_width::UnicodeWidthStr;

use tripod::render::TerminalOptions;
use tripod::render::terminal;

fn plain(width: usize) -> TerminalOptions {
    TerminalOptions { width, colour: false }
}

#[test]
fn a_full_analysis_at_eighty_columns_looks_as_agreed() {
    insta::assert_snapshot!(terminal(&sample(), &plain(80)));
}

#[test]
fn an_analysis_without_any_stage_says_what_failed() {
    insta::assert_snapshot!(terminal(&sample_of_failures(), &plain(80)));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [80, 100, 120, 200] {
        for line in terminal(&sample(), &plain(width)).lines() {
            assert!(line.width() <= width, "{} columns of {width}: {line}", line.width());
        }
    }
}

#[test]
fn colour_adds_escape_sequences_and_changes_no_letter() {
    let coloured = terminal(
        &sample(),
        &TerminalOptions {
            width: 100,
            colour: true,
        },
    );
    assert!(coloured.contains("\u{1b}[1m"));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        terminal(&sample(), &plain(100))
    );
}

#[test]
fn no_text_from_outside_carries_an_escape_sequence_into_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}title\r\nnext";
    let mut analysis = sample();
    analysis.company = Some(hostile.into());
    analysis.warnings = vec![hostile.into()];
    analysis.report.as_mut().unwrap().markdown = format!("## {hostile}\n\n{hostile} **{hostile}** `{hostile}`");
    let sentiment = analysis.sentiment.as_mut().unwrap();
    sentiment.summary = Some(hostile.into());
    sentiment.headlines[0].title = hostile.into();
    sentiment.headlines[0].source = hostile.into();
    let text = terminal(&analysis, &plain(80));
    let bad = text
        .chars()
        .find(|letter| letter.is_control() && *letter != '\n' || *letter == '\u{202e}');
    assert_eq!(bad, None);
    assert!(text.contains("title next"), "the words themselves are still there");
}

#[test]
fn wide_letters_do_not_break_the_columns() {
    let mut analysis = sample();
    analysis.sentiment.as_mut().unwrap().headlines[0].title =
        "苹果公司在创纪录的季度之后提高了股息并宣布了新的回购计划".repeat(3);
    for line in terminal(&analysis, &plain(80)).lines() {
        assert!(line.width() <= 80, "{line}");
    }
}

#[test]
fn odd_numbers_make_no_rendering_fail() {
    let mut analysis = sample();
    analysis.last_close = 0.0;
    for point in &mut analysis.history {
        point.close = 5.0;
    }
    let forecast = analysis.forecast.as_mut().unwrap();
    forecast.median = vec![f64::NAN; 30];
    forecast.quantiles.insert("0.9".into(), vec![1.0]);
    forecast.quantiles.insert("0.1".into(), Vec::new());
    assert!(terminal(&analysis, &plain(80)).contains("Forecast"));
    analysis.history.clear();
    analysis.forecast.as_mut().unwrap().dates.clear();
    assert!(terminal(&analysis, &plain(1)).contains("Forecast"));
}

#[test]
fn the_language_of_a_headline_and_what_was_not_read_are_shown() {
    let analysis = sample_with_unread("アップル");
    let text = terminal(&analysis, &plain(100));
    for part in [
        "· in de",
        "does not know their language",
        "アップル (Wire, 2013-02-28, in ja)",
        "Asked: Yahoo news, Finnhub.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
