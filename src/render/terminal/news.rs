//! The news part of the page: the summary and each headline with its label. A sentiment in, lines out.

use super::paint::Tone;
use super::{Page, prose};
use crate::analysis::{Analysis, Label, ScoredHeadline, Sentiment};
use crate::render::text::{self, FLAGGED, clean};

impl Page {
    pub(super) fn sentiment(&mut self, analysis: &Analysis) {
        let Some(sentiment) = &analysis.sentiment else { return };
        self.heading("News sentiment", &counts(sentiment));
        if let Some(summary) = &sentiment.summary {
            self.paragraph(&clean(summary));
        }
        if sentiment.headlines.is_empty() && sentiment.unread.is_empty() {
            self.paragraph("No headline was found.");
        }
        for (number, headline) in (1..).zip(&sentiment.headlines) {
            self.headline(number, headline);
        }
        if !sentiment.unread.is_empty() {
            self.paragraph(text::UNREAD);
            for headline in &sentiment.unread {
                self.paragraph(&format!("– {}", text::unread(headline)));
            }
        }
        let answered = text::answered(sentiment);
        if !answered.is_empty() {
            self.paragraph(&answered);
        }
    }

    fn headline(&mut self, number: usize, headline: &ScoredHeadline) {
        let (mark, tone) = match headline.label {
            Label::Positive => ("▲", Tone::Good),
            Label::Negative => ("▼", Tone::Bad),
            Label::Neutral => ("●", Tone::Faint),
        };
        let label = format!(
            "{mark} {:<8} {:>4}",
            headline.label.as_str(),
            text::probability(headline.score)
        );
        let indent = " ".repeat(19);
        let title = prose::wrap(&clean(&headline.title), self.measure(), &indent, &indent);
        let source = format!(
            "headline {number} · {} · {}{}{}",
            clean(&headline.source),
            headline.published_at.format("%Y-%m-%d"),
            text::in_language(headline),
            if headline.flagged { FLAGGED } else { "" }
        );
        for (place, line) in title.iter().enumerate() {
            let start = if place == 0 {
                format!("  {}  ", self.paint.paint(tone, &label))
            } else {
                indent.clone()
            };
            self.lines.push(format!("{start}{}", line.trim_start()));
        }
        let source = prose::wrap(&source, self.measure(), &indent, &indent);
        self.lines
            .extend(source.iter().map(|line| self.paint.paint(Tone::Faint, line)));
    }
}

fn counts(sentiment: &Sentiment) -> String {
    let counts = sentiment.counts;
    format!(
        "{} positive · {} negative · {} neutral · net score {:+.2}",
        counts.positive, counts.negative, counts.neutral, sentiment.net_score
    )
}
