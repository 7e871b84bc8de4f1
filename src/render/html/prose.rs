//! A report's Markdown as HTML: a report and its check come in, the body of a section goes out. Nothing of the text is markup.

use std::iter::Peekable;
use std::ops::Range;
use std::slice::Iter;

use minijinja::HtmlEscape;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::analysis::{Report, Sentiment};
use crate::render::behind::{Backed, backed};
use crate::render::text::clean_lines;

/// The reporter's Markdown as HTML: headings one level lower; raw HTML becomes text, links and pictures their words. A claim shows
/// its facts when it is pointed at or has the focus.
pub(super) fn prose(report: &Report, sentiment: Option<&Sentiment>) -> String {
    let markdown = clean_lines(&report.markdown);
    let claims = backed(&markdown, &report.grounding, &report.facts, sentiment);
    let mut claims = claims.iter().peekable();
    let mut events = Vec::new();
    for (event, place) in Parser::new(&markdown).into_offset_iter() {
        match harmless(event) {
            Some(Event::Text(text)) if markdown.get(place.clone()) == Some(&*text) => {
                with_claims(&markdown, place, &mut claims, &mut events);
            }
            other => events.extend(other),
        }
    }
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, events.into_iter());
    body
}

/// An event without the power to bring in HTML, links or pictures.
fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    let lower = |level| match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        _ => HeadingLevel::H5,
    };
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock) => None,
        Event::End(TagEnd::Link | TagEnd::Image | TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
        // A fence's language would end up in an attribute.
        Event::Start(Tag::CodeBlock(_)) => Some(Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented))),
        other => Some(other),
    }
}

/// The text at `place` with the claims in it marked.
fn with_claims<'t>(
    markdown: &'t str,
    place: Range<usize>,
    claims: &mut Peekable<Iter<'_, Backed>>,
    events: &mut Vec<Event<'t>>,
) {
    let mut from = place.start;
    while claims.next_if(|claim| claim.at.start < from).is_some() {}
    while let Some(claim) = claims.next_if(|claim| claim.at.end <= place.end) {
        let lines = claim.lines();
        let facts = HtmlEscape(&lines);
        let open = format!(r#"<span class="claim" tabindex="0" data-fact="{facts}" aria-description="{facts}">"#);
        events.extend([
            Event::Text((&markdown[from..claim.at.start]).into()),
            Event::InlineHtml(open.into()),
            Event::Text((&markdown[claim.at.clone()]).into()),
            Event::InlineHtml("</span>".into()),
        ]);
        from = claim.at.end;
    }
    events.push(Event::Text((&markdown[from..place.end]).into()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Recommendation, Writer};
    use crate::grounding::{Author, Claim, ClaimKind, Fact, Grounding, Unit, Verdict};

    #[test]
    fn the_reporters_html_links_and_pictures_are_only_words() {
        let markdown = "## A <b>b</b>\n\n<script>x()</script>\n\n[go](javascript:x()) ![p](http://h/p.png) **s**";
        let body = prose(&report(markdown, Vec::new()), None);
        assert!(body.starts_with("<h3>A &lt;b&gt;b&lt;/b&gt;</h3>"), "{body}");
        assert!(
            !body.contains("<script") && !body.contains("href") && !body.contains("src"),
            "{body}"
        );
        assert!(body.contains("go p <strong>s</strong>"), "{body}");
    }

    #[test]
    fn a_claim_carries_its_facts_and_nothing_of_theirs_is_markup() {
        let claim = |text: &str| Claim {
            text: text.to_owned(),
            kind: ClaimKind::Number,
            verdict: Verdict::Supported,
            fact: Some("last_close".to_owned()),
            by: Author::Code,
            struck: false,
        };
        let mut report = report(
            "It is **$9.00** & more, or $9.00.",
            vec![claim("$9.00"), claim("$9.00")],
        );
        report.facts[0].label = "Last \"close\" <b>".to_owned();
        let body = prose(&report, None);
        assert_eq!(
            body.matches("data-fact=\"Last &quot;close&quot; &lt;b&gt;: $9.00")
                .count(),
            2,
            "{body}"
        );
        assert!(body.contains(">$9.00</span></strong> &amp; more, or <span"), "{body}");
        assert!(!body.contains("<b>"), "{body}");
    }

    fn report(markdown: &str, claims: Vec<Claim>) -> Report {
        Report {
            markdown: markdown.to_owned(),
            recommendation: Recommendation::Hold,
            stance: None,
            written_by: Writer::Model,
            grounding: Grounding {
                claims,
                ..Grounding::default()
            },
            facts: vec![Fact::new("last_close", "Last close", "$9.00".into(), 9.0, Unit::Price)],
        }
    }
}
