//! An analysis as a PDF of two pages that one can hand on: cautions and call, the chart, the figures; then the report, the headlines
//! and how it was made. An Analysis in, the file's bytes out. Everything is text of the embedded font; characters that it lacks are
//! shown as boxes.

mod chart;
mod page;

use krilla::Document;
use krilla::metadata::Metadata;

use self::page::{FOOT, INK, Ink, MARGIN, MUTED, Sheet, Type, WIDTH};
use super::RenderError;
use super::figures::{Row, call, cautions, forecast_rows, key_figures, provenance};
use super::text::{self, clean, plural};
use crate::analysis::Analysis;
use crate::grounding::price;

const GOOD: Ink = (32, 122, 78);
const BAD: Ink = (178, 52, 44);
const BODY: f32 = 10.0;
const SMALL: f32 = 8.5;

/// The document's bytes.
///
/// # Errors
///
/// [`RenderError::Pdf`] when the library cannot write it.
pub fn pdf(analysis: &Analysis) -> Result<Vec<u8>, RenderError> {
    let failed = |what: String| RenderError::Pdf(what);
    let font = Type::embedded().ok_or_else(|| failed("the embedded font cannot be read".into()))?;
    let mut document = Document::new();
    let title = format!("{}: analysis of {}", name(analysis), analysis.as_of);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language("en".into())
            .producer("Tripod".into()),
    );
    Sheet::on(&mut document, &font, |sheet| first(sheet, analysis))
        .and_then(|()| Sheet::on(&mut document, &font, |sheet| second(sheet, analysis)))
        .ok_or_else(|| failed("a page cannot be made".into()))?;
    document.finish().map_err(|error| failed(format!("{error:?}")))
}

fn name(analysis: &Analysis) -> String {
    match &analysis.company {
        Some(company) => format!("{} ({})", clean(company), analysis.ticker),
        None => analysis.ticker.clone(),
    }
}

/// What decides: cautions, the call and its reasons, the chart, the figures.
fn first(sheet: &mut Sheet<'_, '_>, analysis: &Analysis) {
    sheet.at += 16.0;
    sheet.write(&name(analysis), MARGIN, sheet.at, 20.0, INK);
    sheet.at += 18.0;
    let close = price(analysis.last_close, &analysis.currency);
    sheet.write(
        &format!("Close {close} on {}", analysis.as_of),
        MARGIN,
        sheet.at,
        BODY,
        MUTED,
    );
    sheet.at += 6.0;
    let cautions = cautions(analysis);
    if !cautions.is_empty() {
        let text = cautions.join(" ");
        let lines = sheet.font().lines(&text, BODY, WIDTH - 2.0 * MARGIN - 12.0).len() as f32;
        sheet.filled(MARGIN, sheet.at + 4.0, 3.0, lines * BODY * 1.35 + 3.0, BAD, 1.0);
        sheet.paragraph(&text, BODY, BAD, 12.0);
        sheet.at += 6.0;
    }
    if let Some(call) = call(analysis) {
        let ink = match call.tone {
            1.. => GOOD,
            0 => INK,
            _ => BAD,
        };
        sheet.at += 22.0;
        sheet.write(call.call, MARGIN, sheet.at, 16.0, ink);
        let beside = MARGIN + sheet.font().width(call.call, 16.0) + 8.0;
        sheet.write(&call.by, beside, sheet.at, SMALL, MUTED);
        for reason in &call.because {
            sheet.paragraph(&format!("\u{2013} {reason}"), BODY, INK, 0.0);
        }
    }
    sheet.at += 10.0;
    chart::chart(sheet, analysis);
    heading(sheet, "Figures");
    let figures: Vec<(String, String, i8)> = key_figures(analysis)
        .into_iter()
        .map(|figure| (figure.label.to_owned(), figure.value, figure.tone))
        .collect();
    columns(sheet, &figures);
    if let Some(forecast) = &analysis.forecast {
        heading(sheet, "Forecast");
        let mut rows = vec![["Day", "Date", "10%", "Median", "90%", "Change"].map(str::to_owned)];
        let cells = |row: Row| {
            [
                row.day.to_string(),
                row.date.to_string(),
                row.low,
                row.median,
                row.high,
                row.change,
            ]
        };
        rows.extend(forecast_rows(analysis, forecast).into_iter().map(cells));
        table(sheet, &rows);
    }
    foot(sheet, analysis, 1);
}

/// What was said and read, and how it was made.
fn second(sheet: &mut Sheet<'_, '_>, analysis: &Analysis) {
    if let Some(report) = &analysis.report {
        heading(sheet, "Report");
        let note = provenance(report);
        if !note.is_empty() {
            sheet.paragraph(&note, SMALL, MUTED, 0.0);
        }
        let mut left_out = 0;
        for line in report.markdown.lines().map(clean).filter(|line| !line.is_empty()) {
            let plain = line.replace("**", "");
            let plain = plain.trim_matches('*');
            match plain.strip_prefix("## ").or_else(|| plain.strip_prefix("### ")) {
                Some(title) if sheet.fits(40.0) => {
                    sheet.at += 7.0;
                    sheet.paragraph(title, 11.0, INK, 0.0);
                }
                Some(_) => left_out += 1,
                None => left_out += sheet.paragraph(plain, BODY, INK, 0.0),
            }
        }
        if left_out > 0 {
            sheet.at = FOOT;
            sheet.write("The report goes on in the analysis itself.", MARGIN, FOOT, SMALL, MUTED);
        }
    }
    if let Some(sentiment) = analysis.sentiment.as_ref().filter(|_| sheet.fits(60.0)) {
        heading(sheet, "Headlines");
        for (number, headline) in (1..).zip(&sentiment.headlines) {
            if !sheet.fits(3.0 * SMALL * 1.35) {
                let rest = sentiment.headlines.len() + 1 - number;
                sheet.paragraph(&format!("and {}", plural(rest, "further headline")), SMALL, MUTED, 0.0);
                break;
            }
            let day = headline.published_at.date_naive();
            let (source, title) = (clean(&headline.source), clean(&headline.title));
            let text = format!("{number}. {}: {title} ({source}, {day})", headline.label.as_str());
            sheet.paragraph(&text, SMALL, INK, 0.0);
        }
    }
    if sheet.fits(70.0) {
        heading(sheet, "How it was made");
        let models = [
            ("forecaster", &analysis.models.forecaster),
            ("classifier", &analysis.models.sentiment),
            ("reporter", &analysis.models.reporter),
        ];
        for (role, model) in models {
            if let Some(model) = model {
                let kind = if model.remote.is_none() { "SHA-256 " } else { "" };
                let origin = text::origin(model);
                sheet.paragraph(
                    &format!("{role}: {}, {kind}{origin}", clean(&model.id)),
                    SMALL,
                    INK,
                    0.0,
                );
            }
        }
        for warning in &analysis.warnings {
            sheet.paragraph(&clean(warning), SMALL, MUTED, 0.0);
        }
        sheet.paragraph(&format!("id: {}", analysis.id), SMALL, MUTED, 0.0);
    }
    foot(sheet, analysis, 2);
}

fn heading(sheet: &mut Sheet<'_, '_>, text: &str) {
    sheet.at += 24.0;
    sheet.write(text, MARGIN, sheet.at, 13.0, INK);
    sheet.at += 5.0;
    sheet.rule();
}

/// Labelled figures in three columns.
fn columns(sheet: &mut Sheet<'_, '_>, figures: &[(String, String, i8)]) {
    const COLUMNS: usize = 3;
    let width = (WIDTH - 2.0 * MARGIN) / COLUMNS as f32;
    for row in figures.chunks(COLUMNS) {
        sheet.at += 14.0;
        for (column, (label, value, tone)) in row.iter().enumerate() {
            let x = MARGIN + column as f32 * width;
            sheet.write(label, x, sheet.at, SMALL, MUTED);
            let ink = match tone {
                1.. => GOOD,
                0 => INK,
                _ => BAD,
            };
            sheet.write_before(value, x + width - 18.0, sheet.at, SMALL, ink);
        }
    }
}

/// Rows of texts; the first row is the head.
fn table<const COLUMNS: usize>(sheet: &mut Sheet<'_, '_>, rows: &[[String; COLUMNS]]) {
    let width = (WIDTH - 2.0 * MARGIN) / COLUMNS as f32;
    for (at, row) in rows.iter().enumerate() {
        if !sheet.fits(14.0) {
            return;
        }
        sheet.at += 14.0;
        for (column, text) in row.iter().enumerate() {
            let ink = if at == 0 { MUTED } else { INK };
            if column == 0 {
                sheet.write(text, MARGIN, sheet.at, SMALL, ink);
            } else {
                sheet.write_before(text, MARGIN + (column + 1) as f32 * width, sheet.at, SMALL, ink);
            }
        }
    }
}

fn foot(sheet: &mut Sheet<'_, '_>, analysis: &Analysis, number: usize) {
    let y = FOOT + 28.0;
    let text = format!("{} Page {number} of 2.", analysis.disclaimer);
    let lines = sheet.font().lines(&text, 7.5, WIDTH - 2.0 * MARGIN);
    for (at, line) in lines.iter().enumerate() {
        sheet.write(line, MARGIN, y + at as f32 * 10.0, 7.5, MUTED);
    }
}
