//! An [`Analysis`] for a terminal of a given width. An Analysis in, text out; it queries no terminal, and the only escape sequences
//! in the text are its own.

mod ledger;
mod news;
mod paint;
mod plot;
mod prose;

use unicode_width::UnicodeWidthStr;

use self::paint::{Paint, Tone, tone_of};
use super::figures::{call, cautions, forecast_rows, key_figures, provenance, tone};
use super::text::{self, clean, duration, plural};
use super::timings::timings;
use crate::analysis::{Analysis, Direction, Forecast};
use crate::grounding::{percent, price};

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Columns, at least 40.
    pub width: usize,
    /// Whether escape sequences may be used.
    pub colour: bool,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        TerminalOptions {
            width: 80,
            colour: false,
        }
    }
}

/// The longest line of running text that is comfortable to read.
const MEASURE: usize = 100;

/// The whole analysis as text with a newline at its end.
pub fn terminal(analysis: &Analysis, options: &TerminalOptions) -> String {
    let mut page = Page {
        paint: Paint { colour: options.colour },
        width: options.width.max(40),
        lines: Vec::new(),
    };
    page.title(analysis);
    page.key_figures(analysis);
    page.forecast(analysis);
    page.sentiment(analysis);
    page.report(analysis);
    page.models(analysis);
    page.arenas(analysis);
    page.notes(analysis);
    page.lines.join("\n") + "\n"
}

struct Page {
    paint: Paint,
    width: usize,
    lines: Vec<String>,
}

impl Page {
    fn title(&mut self, analysis: &Analysis) {
        let ticker = clean(&analysis.ticker);
        let name = match &analysis.company {
            Some(company) => format!("{} ({ticker})", clean(company)),
            None => ticker,
        };
        let rule = self.paint.paint(Tone::Heading, &"━".repeat(self.width));
        self.lines
            .extend([rule.clone(), format!("  {}", self.paint.paint(Tone::Title, &name))]);
        let close = price(analysis.last_close, &analysis.currency);
        let change = analysis.features.return_1d.map(|fraction| {
            format!(
                "  {}",
                self.paint
                    .change(tone(fraction), &format!("{} on the day", percent(fraction)))
            )
        });
        self.lines.push(format!(
            "  {} {}{}",
            self.paint.paint(Tone::Strong, &close),
            self.paint.paint(Tone::Faint, &format!("close of {}", analysis.as_of)),
            change.unwrap_or_default()
        ));
        cautions(analysis).iter().for_each(|caution| self.caution(caution));
        let verdict = self.verdict(analysis);
        if !verdict.is_empty() {
            self.lines.push(format!("  {}", verdict.join("   ")));
        }
        if let Some(call) = call(analysis) {
            call.because.iter().for_each(|reason| self.faint(reason));
        }
        self.lines.push(rule);
    }

    /// What the three stages say, in a few words each.
    fn verdict(&self, analysis: &Analysis) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(forecast) = &analysis.forecast {
            let (arrow, sign) = arrow(forecast.direction);
            let said = format!(
                "{arrow} {} {}",
                text::direction(forecast.direction),
                percent(forecast.expected_return)
            );
            words.push(format!("Forecast {}", self.paint.change(sign, &said)));
        }
        if let Some(sentiment) = &analysis.sentiment {
            let score = format!("{:+.2}", sentiment.net_score);
            words.push(format!(
                "News {}",
                self.paint.change(score_tone(sentiment.net_score), &score)
            ));
        }
        if let Some(call) = call(analysis) {
            let tone = match call.tone {
                1 => Tone::Good,
                -1 => Tone::Bad,
                _ => Tone::Caution,
            };
            words.push(format!("Stance {}", self.paint.paint(tone, call.call)));
        }
        words
    }

    fn heading(&mut self, name: &str, note: &str) {
        let note = if note.is_empty() {
            String::new()
        } else {
            format!("  {}", self.paint.paint(Tone::Faint, note))
        };
        self.lines.push(String::new());
        self.lines
            .push(format!("{}{note}", self.paint.paint(Tone::Heading, name)));
    }

    fn key_figures(&mut self, analysis: &Analysis) {
        let figures = key_figures(analysis);
        if figures.is_empty() {
            return;
        }
        let bars = plural(analysis.features.bars, "bar");
        let of = analysis.source.map(|source| format!("{bars} from {}", source.shown()));
        self.heading("Key figures", &of.unwrap_or(bars));
        let widest = figures
            .iter()
            .map(|figure| figure.label.len() + 1 + figure.value.width())
            .max();
        let cell = widest.unwrap_or_default().clamp(23, 48);
        let across = ((self.width + 1) / (cell + 3)).clamp(1, 4);
        for row in figures.chunks(across) {
            let cells: Vec<String> = row
                .iter()
                .map(|figure| {
                    let space = " ".repeat(cell.saturating_sub(figure.label.len() + figure.value.width()).max(1));
                    format!(
                        "{}{space}{}",
                        self.paint.paint(Tone::Faint, figure.label),
                        self.paint.change(figure.tone, &figure.value)
                    )
                })
                .collect();
            self.lines.push(format!("  {}", cells.join("   ")));
        }
    }

    fn forecast(&mut self, analysis: &Analysis) {
        let Some(forecast) = &analysis.forecast else {
            if !analysis.history.is_empty() {
                self.heading("Price", "");
                self.lines.extend(plot::plot(analysis, self.paint, self.width));
            }
            return;
        };
        let until = forecast
            .dates
            .last()
            .map(|date| format!(" to {date}"))
            .unwrap_or_default();
        self.heading(
            "Forecast",
            &format!("{}{until}", plural(forecast.dates.len(), "trading day")),
        );
        self.lines.extend(plot::plot(analysis, self.paint, self.width));
        let key = [
            self.paint.paint(Tone::History, "⠤⠤ close"),
            self.paint.paint(Tone::Forecast, "⠤⠤ median forecast"),
            self.paint.paint(Tone::Faint, "░░ 80% band"),
        ];
        self.lines.extend([format!("  {}", key.join("   ")), String::new()]);
        self.forecast_table(analysis, forecast);

        let kept = forecast.samples.saturating_sub(forecast.rejected);
        let paths = format!(
            "{kept} of {} used, prompt format {}",
            plural(forecast.samples, "sample path"),
            clean(&forecast.prompt_format)
        );
        self.lines.push(format!("  {}", self.paint.paint(Tone::Faint, &paths)));
        forecast.warnings.iter().for_each(|warning| self.caution(warning));
    }

    fn forecast_table(&mut self, analysis: &Analysis, forecast: &Forecast) {
        let head = ["Day", "Date", "10%", "Median", "90%", "Change"].map(|name| (Tone::Faint, name.to_owned()));
        let mut rows = vec![head.to_vec()];
        rows.extend(forecast_rows(analysis, forecast).into_iter().map(|row| {
            vec![
                (Tone::Plain, row.day.to_string()),
                (Tone::Plain, row.date.to_string()),
                (Tone::Faint, row.low),
                (Tone::Strong, row.median),
                (Tone::Faint, row.high),
                (tone_of(row.tone), row.change),
            ]
        }));
        let lines = self.paint.columns(0, &rows);
        self.lines.extend(lines);
        let spark = plot::sparkline(&forecast.median, (self.width - 12).min(60));
        self.lines.push(format!(
            "  {} {}",
            self.paint.paint(Tone::Faint, "Median"),
            self.paint.paint(Tone::Forecast, &spark)
        ));
    }

    fn report(&mut self, analysis: &Analysis) {
        let Some(report) = &analysis.report else { return };
        self.heading("Report", &provenance(report));
        self.lines
            .extend(prose::prose(&report.markdown, self.paint, self.measure()));
    }

    fn notes(&mut self, analysis: &Analysis) {
        if !analysis.errors.is_empty() {
            self.heading("Failed", "");
            for failure in &analysis.errors {
                let message = format!("{}: {}", failure.stage, clean(&failure.message));
                let lines = prose::wrap(&message, self.measure(), "  ✗ ", "    ");
                self.lines
                    .extend(lines.iter().map(|line| self.paint.paint(Tone::Bad, line)));
            }
        }
        if !analysis.warnings.is_empty() {
            self.heading("Warnings", "");
            analysis.warnings.iter().for_each(|warning| self.caution(warning));
        }
        let times: Vec<String> = timings(analysis)
            .into_iter()
            .map(|(name, time)| format!("{name} {}", duration(time)))
            .collect();
        self.lines.push(String::new());
        if !times.is_empty() {
            self.faint(&times.join(" · "));
        }
        self.faint(&clean(&analysis.disclaimer));
    }

    fn measure(&self) -> usize {
        self.width.min(MEASURE)
    }

    fn paragraph(&mut self, text: &str) {
        self.lines.extend(prose::wrap(text, self.measure(), "  ", "  "));
    }

    fn faint(&mut self, text: &str) {
        let lines = prose::wrap(text, self.measure(), "  ", "  ");
        self.lines
            .extend(lines.iter().map(|line| self.paint.paint(Tone::Faint, line)));
    }

    fn caution(&mut self, text: &str) {
        let lines = prose::wrap(&clean(text), self.measure(), "  ! ", "    ");
        self.lines
            .extend(lines.iter().map(|line| self.paint.paint(Tone::Caution, line)));
    }
}

fn arrow(direction: Direction) -> (&'static str, i8) {
    match direction {
        Direction::Bullish => ("▲", 1),
        Direction::Neutral => ("●", 0),
        Direction::Bearish => ("▼", -1),
    }
}

/// Scores this near to zero are shown as neutral.
fn score_tone(score: f64) -> i8 {
    match score {
        good if good > 0.05 => 1,
        bad if bad < -0.05 => -1,
        _ => 0,
    }
}
