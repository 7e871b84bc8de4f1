//! The text of a report, which a model writes. Bytes come in; whatever stands in it, the page has no element but its own, and no
//! rendering has an escape sequence.

#![allow(clippy::expect_used)]

use std::cell::RefCell;

use super::{TerminalOptions, html, markdown, pdf, terminal};
use crate::analysis::Analysis;
use crate::fuzz::choice;
use crate::grounding::{Evidence, repair};

/// What begins an element that can do something, or an attribute that does.
const POWERS: [&str; 12] = [
    "<script", "<a ", "<img", "<iframe", "<style", "<svg", "<form", "<input", "<link", "<meta", "<object", "<base",
];

thread_local! {
    static ANALYSIS: RefCell<Analysis> = RefCell::new(
        serde_json::from_str(include_str!("../../tests/fixtures/chat/analysis.json")).expect("an analysis")
    );
    static USUAL: [usize; POWERS.len()] = ANALYSIS.with_borrow(|analysis| powers(&html(analysis).expect("a page")));
}

fn powers(page: &str) -> [usize; POWERS.len()] {
    POWERS.map(|power| page.matches(power).count())
}

/// A report's text, and the name of a company and a headline.
pub(crate) fn report(bytes: &[u8]) {
    let (kind, text) = choice(bytes);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let usual = USUAL.with(|usual| *usual);
    ANALYSIS.with_borrow_mut(|analysis| {
        let before = analysis.clone();
        if let Some(report) = &mut analysis.report {
            let (kept, grounding) = repair(text, &Evidence::of(&report.facts));
            report.grounding = grounding;
            report.markdown = if kind % 2 == 0 { kept } else { text.to_owned() };
        }
        if kind % 3 == 0 {
            analysis.company = Some(text.to_owned());
            if let Some(headline) = analysis.sentiment.as_mut().and_then(|all| all.headlines.first_mut()) {
                headline.title = text.to_owned();
            }
        }
        assert_eq!(
            powers(&html(analysis).expect("a page")),
            usual,
            "an element of a stranger in the page"
        );
        let shown = terminal(analysis, &TerminalOptions::default());
        let odd = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(odd), "a control character on the terminal");
        assert!(!markdown(analysis).contains(odd), "a control character in the Markdown");
        if kind % 16 == 15 {
            pdf(analysis).expect("a PDF");
        }
        *analysis = before;
    });
}
