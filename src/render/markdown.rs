//! An [`Analysis`] as one Markdown document (CommonMark with tables). An Analysis in, text out. Words from outside are
//! escaped, so that a headline can bring neither markup nor HTML into the document.

use super::figures::{Row, call, cautions, forecast_rows, key_figures, provenance};
use super::footnotes::{Footnotes, footnotes};
use super::text::{self, FLAGGED, clean, clean_lines, duration, mebibytes, plural};
use crate::analysis::{Analysis, Forecast, Report, ScoredHeadline, Sentiment, Writer};
use crate::grounding::{percent, price};
use crate::text::clean_url;

/// The whole analysis, from title to disclaimer, with a newline at its end.
pub fn markdown(analysis: &Analysis) -> String {
    let parts = [
        title(analysis),
        key_figure_table(analysis),
        analysis
            .forecast
            .as_ref()
            .map(|forecast| forecast_part(analysis, forecast))
            .unwrap_or_default(),
        analysis.sentiment.as_ref().map(sentiment_part).unwrap_or_default(),
        report_part(analysis),
        model_part(analysis),
        arena_part(analysis),
        notes(analysis),
    ];
    let written: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    written.join("\n\n") + "\n"
}

fn title(analysis: &Analysis) -> String {
    let mut title = format!("# {}\n\n", name(analysis));
    for caution in cautions(analysis) {
        title.push_str(&format!("> **{}**\n>\n", escape(&caution)));
    }
    if title.ends_with(">\n") {
        title.truncate(title.len() - 2);
        title.push('\n');
    }
    title.push_str(&figures_line(analysis));
    if let Some(call) = call(analysis) {
        title.push_str(&format!("\n\n**{}** {}.", call.call, escape(&call.by)));
        if !call.because.is_empty() {
            title.push_str(&format!("\n\n{}", list(&call.because)));
        }
    }
    title
}

/// The company and what was found, in one paragraph.
pub fn in_one_line(analysis: &Analysis) -> String {
    format!("**{}**: {}", name(analysis), figures_line(analysis))
}

fn name(analysis: &Analysis) -> String {
    let ticker = escape(&analysis.ticker);
    match &analysis.company {
        Some(company) => format!("{} ({ticker})", escape(company)),
        None => ticker,
    }
}

fn figures_line(analysis: &Analysis) -> String {
    let mut facts = vec![format!(
        "**{}** at the close of {}",
        price(analysis.last_close, &analysis.currency),
        analysis.as_of
    )];
    if let Some(forecast) = &analysis.forecast {
        facts.push(format!(
            "forecast {} ({})",
            text::direction(forecast.direction),
            percent(forecast.expected_return)
        ));
    }
    if let Some(sentiment) = &analysis.sentiment {
        facts.push(format!("news {:+.2}", sentiment.net_score));
    }
    if let Some(call) = call(analysis) {
        facts.push(format!("stance: **{}**", call.call));
    }
    facts.join(" · ")
}

fn key_figure_table(analysis: &Analysis) -> String {
    let figures = key_figures(analysis);
    if figures.is_empty() {
        return String::new();
    }
    let rows = figures
        .into_iter()
        .map(|figure| vec![figure.label.to_owned(), figure.value]);
    format!("## Key figures\n\n{}", table(&["Figure", ">Value"], rows))
}

fn forecast_part(analysis: &Analysis, forecast: &Forecast) -> String {
    let until = forecast
        .dates
        .last()
        .map(|date| format!(" to {date}"))
        .unwrap_or_default();
    let rows = forecast_rows(analysis, forecast).into_iter().map(
        |Row {
             day,
             date,
             low,
             median,
             high,
             change,
             ..
         }| vec![day.to_string(), date.to_string(), low, median, high, change],
    );
    let kept = forecast.samples.saturating_sub(forecast.rejected);
    let mut part = format!(
        "## Forecast\n\n{}{until}.\n\n{}\n\n{kept} of {} used, prompt format {}.",
        plural(forecast.dates.len(), "trading day"),
        table(&[">Day", "Date", ">10%", ">Median", ">90%", ">Change"], rows),
        plural(forecast.samples, "sample path"),
        escape(&forecast.prompt_format),
    );
    if !forecast.warnings.is_empty() {
        part.push_str(&format!("\n\n{}", list(&forecast.warnings)));
    }
    part
}

fn sentiment_part(sentiment: &Sentiment) -> String {
    let counts = sentiment.counts;
    let mut part = format!(
        "## News sentiment\n\n{} positive, {} negative, {} neutral; net score {:+.2}.",
        counts.positive, counts.negative, counts.neutral, sentiment.net_score
    );
    if let Some(summary) = &sentiment.summary {
        part.push_str(&format!("\n\n{}", escape(summary)));
    }
    if !sentiment.headlines.is_empty() {
        let rows = (1..).zip(&sentiment.headlines).map(headline);
        part.push_str(&format!(
            "\n\n{}",
            table(&[">No.", "Label", ">Score", "Headline", "Source", "Date"], rows)
        ));
    }
    if !sentiment.unread.is_empty() {
        let unread: Vec<String> = sentiment.unread.iter().map(text::unread).collect();
        part.push_str(&format!("\n\n{}\n\n{}", text::UNREAD, list(&unread)));
    }
    let answered = text::answered(sentiment);
    if !answered.is_empty() {
        part.push_str(&format!("\n\n{}", escape(&answered)));
    }
    part
}

fn headline((number, headline): (usize, &ScoredHeadline)) -> Vec<String> {
    let title = match headline.url.as_deref().and_then(clean_url) {
        Some(url) => format!("[{}](<{}>)", escape(&headline.title), encode(&url)),
        None => escape(&headline.title),
    };
    let flag = if headline.flagged { FLAGGED } else { "" };
    vec![
        number.to_string(),
        headline.label.as_str().to_owned(),
        text::probability(headline.score),
        format!("{title}{}{flag}", text::in_language(headline)),
        escape(&headline.source),
        headline.published_at.format("%Y-%m-%d").to_string(),
    ]
}

fn report_part(analysis: &Analysis) -> String {
    let Some(report) = &analysis.report else {
        return String::new();
    };
    let note = provenance(report);
    let note = if note.is_empty() || report.written_by == Writer::Rules {
        // The text says itself that rules wrote it.
        String::new()
    } else {
        format!("\n\n*{note}.*")
    };
    format!(
        "## Report\n\n{}{note}",
        with_footnotes(report, analysis.sentiment.as_ref())
    )
}

/// The report's prose with its footnotes.
fn with_footnotes(report: &Report, sentiment: Option<&Sentiment>) -> String {
    let text = clean_lines(&report.markdown);
    let text = text.trim();
    let Footnotes { marks, notes } = footnotes(text, report, sentiment);
    let marked = prose_with(text, &marks);
    if notes.is_empty() {
        return marked;
    }
    let notes = (1..)
        .zip(&notes)
        .map(|(number, note)| format!("[^{number}]: {}", escape(note)));
    format!("{marked}\n\n{}", notes.collect::<Vec<_>>().join("\n"))
}

/// The sections of the report alone, from `###` down.
pub fn report_sections(analysis: &Analysis) -> Option<String> {
    analysis.report.as_ref().map(|report| prose(&report.markdown))
}

fn model_part(analysis: &Analysis) -> String {
    let models = &analysis.models;
    let named = [
        ("forecaster", &models.forecaster),
        ("sentiment", &models.sentiment),
        ("reporter", &models.reporter),
    ];
    let rows: Vec<Vec<String>> = named
        .into_iter()
        .filter_map(|(role, model)| Some((role, model.as_ref()?)))
        .map(|(role, model)| {
            vec![
                role.to_owned(),
                escape(&model.name()),
                format!("`{}`", text::origin(model).replace('`', "")),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## Models\n\n{}",
        table(&["Role", "Model", "SHA-256"], rows.into_iter())
    )
}

fn arena_part(analysis: &Analysis) -> String {
    if analysis.arenas.is_empty() {
        return String::new();
    }
    let head = [
        "Stage", "Model", ">Need", ">Weights", ">KV", ">Compute", ">Load", ">Run", ">Before", ">Peak", ">After",
        ">Freed", ">File",
    ];
    let rows = analysis.arenas.iter().map(|row| {
        vec![
            row.stage.to_string(),
            escape(&row.model),
            mebibytes(row.need_bytes),
            mebibytes(row.weights_bytes),
            mebibytes(row.kv_bytes),
            mebibytes(row.compute_bytes),
            duration(row.load_ms),
            duration(row.run_ms),
            mebibytes(row.anon_before),
            mebibytes(row.anon_peak),
            mebibytes(row.anon_after),
            mebibytes(row.freed_bytes),
            mebibytes(row.file_peak),
        ]
    });
    format!(
        "## Arenas\n\nSizes in MiB; before, peak, after and freed are anonymous memory, file is mapped libraries and weights.\n\n{}",
        table(&head, rows)
    )
}

fn notes(analysis: &Analysis) -> String {
    let mut parts = Vec::new();
    if !analysis.errors.is_empty() {
        let failures: Vec<String> = analysis
            .errors
            .iter()
            .map(|failure| format!("{}: {}", failure.stage, failure.message))
            .collect();
        parts.push(format!("## Failed\n\n{}", list(&failures)));
    }
    if !analysis.warnings.is_empty() {
        parts.push(format!("## Warnings\n\n{}", list(&analysis.warnings)));
    }
    parts.push(format!("---\n\n*{}*", escape(&analysis.disclaimer)));
    parts.join("\n\n")
}

fn list(items: &[String]) -> String {
    items
        .iter()
        .map(|item| format!("- {}", escape(item)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A table; a heading that starts with `>` sets its column to the right. Cells are finished Markdown.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let names = head
        .iter()
        .map(|name| name.trim_start_matches('>').to_owned())
        .collect();
    let rule = head
        .iter()
        .map(|name| if name.starts_with('>') { "---:" } else { "---" }.to_owned())
        .collect();
    [line(names), line(rule)]
        .into_iter()
        .chain(rows.map(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// One line of text in which no character means anything to Markdown, HTML, or the extensions in common use.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in clean(text).chars() {
        // A hyphen or a number opens a list only at the start of a line, and no text from outside stands there unescaped.
        let special = matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '@' | '$' | '#' | '+'
        ) || (letter == ':' && escaped.to_ascii_lowercase().ends_with(['p', 's']))
            || (escaped.is_empty() && matches!(letter, '-' | '='));
        if special {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// The reporter's Markdown with its headings one level lower and without the power to bring in HTML, links or pictures.
fn prose(markdown: &str) -> String {
    prose_with(clean_lines(markdown).trim(), &[])
}

/// The same for a text of clean lines, with finished Markdown put in at places of it, which are in order.
fn prose_with(text: &str, put_in: &[(usize, String)]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut put_in = put_in.iter().peekable();
    let mut starts_line = true;
    for (at, letter) in text.char_indices() {
        while let Some((_, mark)) = put_in.next_if(|(place, _)| *place <= at) {
            written.push_str(mark);
        }
        match letter {
            '#' if starts_line => written.push('#'),
            '<' | '[' | '&' => written.push('\\'),
            _ => {}
        }
        written.push(letter);
        starts_line = letter == '\n';
    }
    put_in.for_each(|(_, mark)| written.push_str(mark));
    written
}

/// Keeps an address inside its angle brackets and its table cell.
fn encode(url: &str) -> String {
    url.replace('<', "%3C")
        .replace('>', "%3E")
        .replace('|', "%7C")
        .replace('\\', "%5C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_line_of_text_is_escaped() {
        assert_eq!(
            escape("**a** | [b](c) <i> & `d` _e_"),
            "\\*\\*a\\*\\* \\| \\[b\\](c) \\<i\\> \\& \\`d\\` \\_e\\_"
        );
        assert_eq!(escape("- a\nhttp://b"), "\\- a http\\://b");
        assert_eq!(escape("Apple: up 2.1%"), "Apple: up 2.1%");
    }

    #[test]
    fn the_reporters_headings_sink_one_level_and_its_html_is_text() {
        assert_eq!(
            prose("## Summary\n\n<b>a</b> ![x](y)\n- c"),
            "### Summary\n\n\\<b>a\\</b> !\\[x](y)\n- c"
        );
    }
}
