//! The chart in characters: the tail of the history and the median as braille lines, the 80 % band as shading.
//! Prices in, lines of text out, none wider than asked for.

use unicode_width::UnicodeWidthStr;

use super::paint::{Paint, Tone};
use crate::analysis::{Analysis, Forecast, HistoryPoint};
use crate::grounding::prices;

/// Rows of characters; every fourth carries a price.
const ROWS: usize = 13;
/// Dots of a braille character: two across, four down.
const ACROSS: usize = 2;
const DOWN: usize = 4;
/// Fewer columns than these show nothing useful.
const NARROWEST: usize = 20;

/// The chart of `analysis` in `width` columns; no line where there is no room or nothing to draw.
pub(super) fn plot(analysis: &Analysis, paint: Paint, width: usize) -> Vec<String> {
    let forecast = analysis
        .forecast
        .as_ref()
        .filter(|forecast| !forecast.median.is_empty());
    let ahead = forecast.map_or(0, |forecast| forecast.median.len());
    let tail = &analysis.history[analysis.history.len().saturating_sub((2 * ahead).clamp(60, 180))..];
    let Some(curves) = Curves::new(tail, forecast) else {
        return Vec::new();
    };

    let marked = (0..ROWS).step_by(4).map(|row| curves.at(row));
    let mut marked = prices(&marked.collect::<Vec<f64>>(), &analysis.currency).into_iter();
    let labels: Vec<String> = (0..ROWS)
        .map(|row| if row % 4 == 0 { marked.next() } else { None })
        .map(Option::unwrap_or_default)
        .collect();
    let margin = labels.iter().map(|label| label.width()).max().unwrap_or_default();
    let Some(columns) = width.checked_sub(margin + 5).filter(|columns| *columns >= NARROWEST) else {
        return Vec::new();
    };

    let canvas = curves.draw(columns);
    let mut lines: Vec<String> = canvas
        .iter()
        .zip(&labels)
        .map(|(cells, label)| {
            let axis = format!(
                "{}{label} {}",
                " ".repeat(margin - label.width()),
                if label.is_empty() { "│" } else { "┤" }
            );
            let cells: String = cells.iter().map(|cell| cell.paint(paint)).collect();
            format!("  {} {}", paint.paint(Tone::Faint, &axis), cells.trim_end())
        })
        .collect();

    let dates = [Some(0), Some(curves.today), forecast.map(|_| curves.days)];
    let names = [
        tail.first().map(|point| point.date),
        tail.last().map(|point| point.date),
        forecast.and_then(|forecast| forecast.dates.last().copied()),
    ];
    let marks = dates
        .into_iter()
        .zip(names)
        .filter_map(|(day, date)| Some((curves.column(day?, columns), date?.to_string())));
    lines.push(
        paint
            .paint(
                Tone::Faint,
                &format!("{}{}", " ".repeat(margin + 5), date_line(columns, marks)),
            )
            .trim_end()
            .to_owned(),
    );
    lines
}

/// The curves, on one scale of days and prices.
struct Curves {
    history: Vec<f64>,
    /// Median, low and high, each from the last close on.
    forecast: [Vec<f64>; 3],
    lowest: f64,
    highest: f64,
    /// The day of the last close, counted from the first shown.
    today: usize,
    /// The last day shown.
    days: usize,
}

impl Curves {
    fn new(tail: &[HistoryPoint], forecast: Option<&Forecast>) -> Option<Self> {
        let last = tail.last()?.close;
        let history: Vec<f64> = tail.iter().map(|point| point.close).collect();
        let from_last = |prices: Option<&Vec<f64>>| {
            let prices = prices.filter(|prices| !prices.is_empty())?;
            Some(
                std::iter::once(last)
                    .chain(prices.iter().copied())
                    .collect::<Vec<f64>>(),
            )
        };
        let quantile =
            |level| from_last(forecast.and_then(|forecast| forecast.quantiles.get(level))).unwrap_or_default();
        let median = from_last(forecast.map(|forecast| &forecast.median)).unwrap_or_default();
        let forecast = [median, quantile("0.1"), quantile("0.9")];

        let all = || {
            history
                .iter()
                .chain(forecast.iter().flatten())
                .copied()
                .filter(|price| price.is_finite())
        };
        let (mut lowest, mut highest) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
        if highest - lowest < 1e-9 * highest.abs().max(1e-9) {
            // A price that never moved is drawn through the middle.
            (lowest, highest) = (lowest * 0.99, highest * 1.01);
        }
        let today = history.len() - 1;
        let days = today + forecast[0].len().saturating_sub(1);
        Some(Curves {
            history,
            forecast,
            lowest,
            highest,
            today,
            days,
        })
    }

    /// The price of a row of characters.
    fn at(&self, row: usize) -> f64 {
        self.highest - (self.highest - self.lowest) * row as f64 / (ROWS - 1) as f64
    }

    /// The column of characters of a day.
    fn column(&self, day: usize, columns: usize) -> usize {
        self.across(day, columns) as usize / ACROSS
    }

    fn across(&self, day: usize, columns: usize) -> f64 {
        (day as f64 / self.days.max(1) as f64 * (columns * ACROSS - 1) as f64).round()
    }

    fn down(&self, price: f64) -> f64 {
        let share = (self.highest - price) / (self.highest - self.lowest);
        (share * (ROWS * DOWN - 1) as f64)
            .round()
            .clamp(0.0, (ROWS * DOWN - 1) as f64)
    }

    fn draw(&self, columns: usize) -> Vec<Vec<Cell>> {
        let mut canvas = vec![vec![Cell::default(); columns]; ROWS];
        let [median, low, high] = &self.forecast;
        for (place, (low, high)) in low.windows(2).zip(high.windows(2)).enumerate() {
            let (left, right) = (
                self.across(self.today + place, columns),
                self.across(self.today + place + 1, columns),
            );
            for column in (left as usize / ACROSS)..=(right as usize / ACROSS).min(columns - 1) {
                let share = (((column * ACROSS) as f64 - left) / (right - left).max(1.0)).clamp(0.0, 1.0);
                let edge = |pair: &[f64]| self.down(pair[0] + (pair[1] - pair[0]) * share) as usize / DOWN;
                canvas[edge(high)..=edge(low)]
                    .iter_mut()
                    .for_each(|row| row[column].shaded = true);
            }
        }
        self.trace(&mut canvas, columns, median, self.today, Tone::Forecast);
        self.trace(&mut canvas, columns, &self.history, 0, Tone::History);
        canvas
    }

    /// Dots along the straight lines from close to close.
    fn trace(&self, canvas: &mut [Vec<Cell>], columns: usize, prices: &[f64], first: usize, tone: Tone) {
        let dot = |place: usize| (self.across(first + place, columns), self.down(prices[place]));
        for place in 0..prices.len() {
            let (from, to) = (dot(place.saturating_sub(1)), dot(place));
            let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1.0) as usize;
            for step in 0..=steps {
                let share = step as f64 / steps as f64;
                let across = (from.0 + (to.0 - from.0) * share).round() as usize;
                let down = (from.1 + (to.1 - from.1) * share).round() as usize;
                canvas[down / DOWN][across / ACROSS].set(across % ACROSS, down % DOWN, tone);
            }
        }
    }
}

/// One character of the chart.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    dots: u8,
    line: Option<Tone>,
    shaded: bool,
}

impl Cell {
    fn set(&mut self, across: usize, down: usize, tone: Tone) {
        // The order in which Unicode numbers the dots of a braille pattern.
        const BITS: [[u8; DOWN]; ACROSS] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        self.dots |= BITS[across][down];
        self.line = Some(tone);
    }

    fn paint(&self, paint: Paint) -> String {
        match self.line {
            Some(tone) => {
                let letter = char::from_u32(0x2800 + u32::from(self.dots)).unwrap_or(' ');
                paint.paint(tone, letter.encode_utf8(&mut [0; 4]))
            }
            None if self.shaded => paint.paint(Tone::Faint, "░"),
            None => " ".to_owned(),
        }
    }
}

/// Each date centred under its column where it fits, the last kept inside the right edge; one that would touch its left
/// neighbour is left out.
fn date_line(columns: usize, marks: impl Iterator<Item = (usize, String)>) -> String {
    let mut line = String::new();
    let marks: Vec<(usize, String)> = marks.collect();
    for (place, (column, date)) in marks.iter().enumerate() {
        let start = column
            .saturating_sub(date.len() / 2)
            .min(columns.saturating_sub(date.len()));
        let room_for_last = place + 1 >= marks.len() || start + 2 * date.len() + 2 <= columns;
        if (line.is_empty() || start > line.len()) && (place == 0 || room_for_last) {
            line.push_str(&" ".repeat(start - line.len()));
            line.push_str(date);
        }
    }
    line
}

/// The path in one line: eighth blocks from its lowest to its highest price, at most `width` of them.
pub(super) fn sparkline(prices: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite = || prices.iter().copied().filter(|price| price.is_finite());
    let (Some(lowest), Some(highest)) = (finite().reduce(f64::min), finite().reduce(f64::max)) else {
        return String::new();
    };
    let points = prices.len().min(width);
    (0..points)
        .map(|point| {
            let price = prices[if points == 1 {
                0
            } else {
                point * (prices.len() - 1) / (points - 1)
            }];
            let share = if highest > lowest {
                (price - lowest) / (highest - lowest)
            } else {
                0.5
            };
            BLOCKS[(share * 7.0).round().clamp(0.0, 7.0) as usize]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_runs_from_the_lowest_to_the_highest_block() {
        assert_eq!(sparkline(&[1.0, 2.0, 3.0], 10), "▁▅█");
        assert_eq!(sparkline(&[2.0, 2.0], 10), "▅▅");
        assert_eq!(sparkline(&[1.0, 5.0, 9.0, 13.0], 2), "▁█");
        assert_eq!(sparkline(&[], 10), "");
    }

    #[test]
    fn dates_stay_inside_and_apart() {
        let mark = |column, name: &str| (column, name.to_owned());
        let line = date_line(
            40,
            [mark(0, "2013-01-02"), mark(20, "2013-03-01"), mark(39, "2013-04-15")].into_iter(),
        );
        assert_eq!(line, "2013-01-02     2013-03-01     2013-04-15");
        let narrow = date_line(
            22,
            [mark(0, "2013-01-02"), mark(11, "2013-03-01"), mark(21, "2013-04-15")].into_iter(),
        );
        assert_eq!(narrow, "2013-01-02  2013-04-15");
    }

    #[test]
    fn a_line_fills_its_dots_without_gaps() {
        let tail: Vec<HistoryPoint> = [1.0, 2.0]
            .iter()
            .map(|close| HistoryPoint {
                date: chrono::NaiveDate::default(),
                close: *close,
            })
            .collect();
        let canvas = Curves::new(&tail, None)
            .map(|curves| curves.draw(20))
            .unwrap_or_default();
        assert!(
            (0..20).all(|column| canvas.iter().any(|row| row[column].dots != 0)),
            "every column has a dot"
        );
        assert!(
            (0..ROWS).all(|row| canvas[row].iter().any(|cell| cell.dots != 0)),
            "every row has a dot"
        );
    }
}
