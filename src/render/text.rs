//! Small pieces of text that every rendering needs: sizes, durations and names. Text and numbers in, text out.

use crate::analysis::{Direction, LedgerRow, ModelRef, ScoredHeadline, Sentiment, UnreadHeadline};
pub(crate) use crate::text::clean;
pub(super) use crate::text::clean_lines;

/// Bytes as mebibytes: whole ones from ten up, below ten one decimal, except for `.0`.
pub(super) fn mebibytes(bytes: u64) -> String {
    let size = bytes as f64 / (1024.0 * 1024.0);
    if size >= 9.95 {
        return format!("{size:.0}");
    }
    let text = format!("{size:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Milliseconds as `12 ms`, `3.4 s` or `2 min 5 s`.
pub(super) fn duration(milliseconds: f64) -> String {
    if milliseconds < 999.5 {
        return format!("{milliseconds:.0} ms");
    }
    if milliseconds < 59_950.0 {
        return format!("{:.1} s", milliseconds / 1000.0);
    }
    let seconds = (milliseconds / 1000.0).round() as u64;
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// The first twelve digits of a hash.
pub(super) fn short_hash(hash: &str) -> String {
    clean(hash).chars().take(12).collect()
}

/// What tells a model from others: the beginning of its hash, or the servers that run it.
pub(super) fn origin(model: &ModelRef) -> String {
    match &model.remote {
        Some(remote) => format!("at {}", clean(&remote.servers.join(", "))),
        None => short_hash(&model.sha256),
    }
}

/// What a stage asked of models on other machines, in a sentence.
pub(super) fn asked_elsewhere(row: &LedgerRow) -> Option<String> {
    let remote = row.remote.as_deref()?;
    let servers = remote.answered.iter();
    let servers: Vec<String> = servers
        .map(|(server, requests)| format!("{} answered {}", clean(server), plural(*requests as usize, "request")))
        .collect();
    let servers = if servers.is_empty() {
        "no server answered".to_owned()
    } else {
        servers.join(", ")
    };
    Some(format!(
        "{}: {servers}; {} prompt and {} answer tokens, {} sent again, {} to a second server too, {} asked again for their form.",
        row.stage, row.prompt_tokens, row.decoded_tokens, remote.retries, remote.hedged, remote.asked_again
    ))
}

/// `1 headline`, `2 headlines`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    if count == 1 {
        format!("1 {thing}")
    } else {
        format!("{count} {thing}s")
    }
}

/// A fraction of a probability as whole per cent.
pub(super) fn probability(fraction: f64) -> String {
    format!("{:.0}%", fraction * 100.0)
}

/// The direction's name.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Bullish => "bullish",
        Direction::Neutral => "neutral",
        Direction::Bearish => "bearish",
    }
}

/// What is said of a headline that gives orders.
pub(super) const FLAGGED: &str = " · gives orders, not shown to the reporter";

/// What is said of a headline's language, where it is not English.
pub(super) fn in_language(headline: &ScoredHeadline) -> String {
    headline
        .foreign_language()
        .map(|language| format!(" · in {language}"))
        .unwrap_or_default()
}

/// A headline that the classifier does not read, in one line.
pub(super) fn unread(headline: &UnreadHeadline) -> String {
    format!(
        "{} ({}, {}, in {})",
        clean(&headline.title),
        clean(&headline.source),
        headline.published_at.format("%Y-%m-%d"),
        clean(&headline.language)
    )
}

/// What stands above the headlines that the classifier does not read.
pub(super) const UNREAD: &str = "Not read, because the classifier does not know their language:";

/// The news services that answered, in one sentence; empty where none was asked.
pub(super) fn answered(sentiment: &Sentiment) -> String {
    let names: Vec<String> = sentiment.answered.iter().map(|name| clean(name)).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("Asked: {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_short() {
        assert_eq!(
            [mebibytes(0), mebibytes(1_572_864), mebibytes(104_857_600)],
            ["0", "1.5", "100"]
        );
        assert_eq!(
            [duration(12.4), duration(3_400.0), duration(125_000.0)],
            ["12 ms", "3.4 s", "2 min 5 s"]
        );
        assert_eq!([duration(999.6), duration(59_960.0)], ["1.0 s", "1 min 0 s"]);
    }
}
