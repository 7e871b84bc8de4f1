//! The chart as a picture: the Plotly figure in, PNG or SVG out. It draws what `chart.rs` puts into figures (lines, filled
//! bands, markers, the shaded days of the forecast and the line where they begin), above it what a reader must know first, below it
//! the disclaimer, and nothing else of Plotly's.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Once;

use chrono::NaiveDate;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use serde_json::Value;

use crate::analysis::Chart;
use crate::grounding::grouped;

/// Width and height in pixels.
pub(super) const SIZE: (u32, u32) = (1280, 720);

/// The family under which the embedded font is known to the drawing library.
pub(super) const FONT: &str = "sans-serif";

/// Text.
pub(super) const INK: RGBColor = RGBColor(51, 62, 74);
/// What a reader must know first.
const CAUTION: RGBColor = RGBColor(163, 61, 20);
/// More lines would leave the chart no room.
const MOST_CAUTIONS: usize = 6;
/// Grid lines.
pub(super) const GRID: RGBAColor = RGBAColor(123, 134, 148, 0.25);

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file's ending names no format that can be written.
    #[error("{} ends in neither .png nor .svg; name the picture so", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The figure has no points.
    #[error("the chart has no point to draw")]
    Empty,
    /// The drawing library failed.
    #[error("the picture could not be drawn: {0}")]
    Drawing(String),
}

/// Draws a figure of `chart.rs` into `path`, as PNG or SVG by its ending.
///
/// # Errors
///
/// [`PictureError`] for another ending, an empty figure, or a file that cannot be written.
pub fn picture(chart: &Chart, path: &Path) -> Result<(), PictureError> {
    embed_font();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "png" => draw(chart, &BitMapBackend::new(path, SIZE).into_drawing_area()),
        "svg" => draw(chart, &SVGBackend::new(path, SIZE).into_drawing_area()),
        _ => Err(PictureError::Ending { path: path.into() }),
    }
}

/// Registers the embedded font: the drawing library brings none, and a machine may have none.
pub(super) fn embed_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A font that cannot be read would be found by the test that draws with it.
        let _ = plotters::style::register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}

/// One trace of a figure.
struct Trace<'a> {
    name: &'a str,
    points: Vec<(NaiveDate, f64)>,
    look: Look,
}

enum Look {
    Line { colour: RGBAColor, dashed: bool },
    Band(RGBAColor),
    Markers(Vec<RGBAColor>),
}

type Plane<'a, D> = ChartContext<'a, D, Cartesian2d<RangedDate<NaiveDate>, RangedCoordf64>>;

fn draw<D: DrawingBackend>(chart: &Chart, area: &DrawingArea<D, plotters::coord::Shift>) -> Result<(), PictureError> {
    let traces: Vec<Trace<'_>> = chart.data.as_array().into_iter().flatten().filter_map(trace).collect();
    let (days, prices) = extent(&traces).ok_or(PictureError::Empty)?;
    let text = |path: &str| chart.layout.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let prefix = text("/yaxis/tickprefix").to_owned();
    let decimals = tick_decimals(&prices);
    let longest_label = prefix.len() + grouped(prices.end, decimals).len();
    area.fill(&WHITE).map_err(failed)?;
    let plot = with_notes(chart, area)?;
    let mut plane = ChartBuilder::on(&plot)
        .caption(text("/title/text"), (FONT, 26).into_font().color(&INK))
        .margin(18)
        .x_label_area_size(44)
        .y_label_area_size((24 + 9 * longest_label).max(80) as u32)
        .build_cartesian_2d(days.clone(), prices.clone())
        .map_err(failed)?;
    zones(&mut plane, chart, &prices)?;
    plane
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style((FONT, 16).into_font().color(&INK))
        .y_desc(text("/yaxis/title/text"))
        .x_label_formatter(&|day| day.format("%-d %b %Y").to_string())
        .y_label_formatter(&|price| format!("{prefix}{}", grouped(*price, decimals)))
        .x_labels(9)
        .draw()
        .map_err(failed)?;
    for trace in &traces {
        draw_trace(&mut plane, trace)?;
    }
    plane
        .configure_series_labels()
        .position(legend_place(&traces, &prices))
        .background_style(WHITE.mix(0.85))
        .border_style(GRID)
        .label_font((FONT, 16).into_font().color(&INK))
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

/// Height of a line of notes in pixels.
const NOTE: i32 = 24;

/// Writes the cautions above and the disclaimer below, and returns the area between them.
fn with_notes<D: DrawingBackend>(
    chart: &Chart,
    area: &DrawingArea<D, plotters::coord::Shift>,
) -> Result<DrawingArea<D, plotters::coord::Shift>, PictureError> {
    let meta = |path: &str| chart.layout.pointer(path);
    let cautions: Vec<&str> = meta("/meta/cautions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(MOST_CAUTIONS)
        .collect();
    let above = if cautions.is_empty() {
        0
    } else {
        12 + NOTE * cautions.len() as i32
    };
    let (head, rest) = area.split_vertically(above);
    for (line, caution) in (0..).zip(&cautions) {
        let style = (FONT, 18).into_font().color(&CAUTION);
        head.draw(&Text::new((*caution).to_owned(), (20, 12 + NOTE * line), style))
            .map_err(failed)?;
    }
    let Some(disclaimer) = meta("/meta/disclaimer").and_then(Value::as_str) else {
        return Ok(rest);
    };
    let (plot, foot) = rest.split_vertically(SIZE.1 as i32 - above - NOTE);
    let style = (FONT, 14).into_font().color(&INK);
    foot.draw(&Text::new(disclaimer.to_owned(), (20, 0), style))
        .map_err(failed)?;
    Ok(plot)
}

fn draw_trace<D: DrawingBackend>(plane: &mut Plane<'_, D>, trace: &Trace<'_>) -> Result<(), PictureError> {
    let points = trace.points.iter().copied();
    let label = match &trace.look {
        Look::Band(fill) => {
            let polygon = Polygon::new(trace.points.clone(), fill.filled());
            plane.draw_series([polygon]).map_err(failed)?.label(trace.name)
        }
        Look::Line { colour, dashed: false } => plane
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))
            .map_err(failed)?
            .label(trace.name),
        Look::Line { colour, dashed: true } => plane
            .draw_series(DashedLineSeries::new(points, 8, 5, colour.stroke_width(2)))
            .map_err(failed)?
            .label(trace.name),
        Look::Markers(colours) => plane
            .draw_series(
                points
                    .zip(colours)
                    .map(|(at, colour)| Circle::new(at, 5, colour.filled())),
            )
            .map_err(failed)?
            .label(trace.name),
    };
    let shown = match &trace.look {
        Look::Band(colour) | Look::Line { colour, .. } => *colour,
        Look::Markers(colours) => colours.first().copied().unwrap_or(INK.to_rgba()),
    };
    let is_band = matches!(trace.look, Look::Band(_));
    label.legend(move |(x, y)| {
        let half = if is_band { 6 } else { 1 };
        Rectangle::new([(x, y - half), (x + 18, y + half)], shown.filled())
    });
    Ok(())
}

/// The shaded days of the forecast and the line where they begin.
fn zones<D: DrawingBackend>(plane: &mut Plane<'_, D>, chart: &Chart, prices: &Range<f64>) -> Result<(), PictureError> {
    let shapes = chart.layout.get("shapes").and_then(Value::as_array);
    for shape in shapes.into_iter().flatten() {
        let day = |key: &str| shape.get(key).and_then(date);
        let (Some(first), Some(last)) = (day("x0"), day("x1")) else {
            continue;
        };
        if let Some(fill) = shape.get("fillcolor").and_then(colour) {
            let corners = [(first, prices.start), (last, prices.end)];
            plane
                .draw_series([Rectangle::new(corners, fill.filled())])
                .map_err(failed)?;
        } else if let Some(ink) = shape.pointer("/line/color").and_then(colour) {
            let line = [(first, prices.start), (first, prices.end)];
            let series = DashedLineSeries::new(line, 2, 5, ink.stroke_width(1));
            plane.draw_series(series).map_err(failed)?;
        }
    }
    Ok(())
}

fn trace(trace: &Value) -> Option<Trace<'_>> {
    let list = |key: &str| trace.get(key).and_then(Value::as_array);
    let points: Vec<(NaiveDate, f64)> = list("x")?
        .iter()
        .zip(list("y")?)
        .filter_map(|(day, price)| Some((date(day)?, price.as_f64()?)))
        .collect();
    let look = if let Some(fill) = trace.get("fillcolor").and_then(colour) {
        Look::Band(fill)
    } else if let Some(colours) = trace.pointer("/marker/color").and_then(Value::as_array) {
        Look::Markers(colours.iter().filter_map(colour).collect())
    } else {
        Look::Line {
            colour: trace.pointer("/line/color").and_then(colour)?,
            dashed: trace.pointer("/line/dash").is_some(),
        }
    };
    Some(Trace {
        name: trace.get("name").and_then(Value::as_str).unwrap_or_default(),
        points,
        look,
    })
}

fn date(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// `#rrggbb` or `rgba(r, g, b, a)`.
fn colour(value: &Value) -> Option<RGBAColor> {
    let text = value.as_str()?;
    if let Some(hex) = text.strip_prefix('#') {
        let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        return Some(RGBAColor(part(0)?, part(2)?, part(4)?, 1.0));
    }
    let mut parts = text.strip_prefix("rgba(")?.strip_suffix(')')?.split(',').map(str::trim);
    let mut channel = || parts.next()?.parse().ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    Some(RGBAColor(red, green, blue, parts.next()?.parse().ok()?))
}

/// Places the legend on the left, above or below the first closes, where it covers none.
fn legend_place(traces: &[Trace<'_>], prices: &Range<f64>) -> SeriesLabelPosition {
    let line = traces.iter().find(|trace| matches!(trace.look, Look::Line { .. }));
    let begin: Vec<f64> = line.map_or_else(Vec::new, |line| {
        let part = line.points.len().div_ceil(5);
        line.points.iter().take(part).map(|point| point.1).collect()
    });
    let mean = begin.iter().sum::<f64>() / begin.len().max(1) as f64;
    if mean > f64::midpoint(prices.start, prices.end) {
        SeriesLabelPosition::LowerLeft
    } else {
        SeriesLabelPosition::UpperLeft
    }
}

/// The decimals that tell the labels of the price axis apart; it has about ten of them.
fn tick_decimals(prices: &Range<f64>) -> usize {
    let magnitude = (prices.end - prices.start).log10().floor();
    (1.0 - magnitude).clamp(0.0, 20.0) as usize
}

/// The range of days and of prices that holds every point, with a margin.
fn extent(traces: &[Trace<'_>]) -> Option<(Range<NaiveDate>, Range<f64>)> {
    let points = || traces.iter().flat_map(|trace| &trace.points);
    let (first, last) = (
        points().map(|point| point.0).min()?,
        points().map(|point| point.0).max()?,
    );
    let low = points().map(|point| point.1).reduce(f64::min)?;
    let high = points().map(|point| point.1).reduce(f64::max)?;
    let room = ((high - low) * 0.08).max(high.abs() * 1e-3);
    let room = if room > 0.0 { room } else { 1.0 };
    Some((first..last.succ_opt()?, low - room..high + room))
}

pub(super) fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PictureError {
    PictureError::Drawing(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::analysis::HistoryPoint;
    use crate::render::chart::{CLOSE, Figure, figure};

    fn chart(closes: &[f64]) -> Chart {
        let first = NaiveDate::from_ymd_opt(2013, 1, 1).unwrap();
        let history: Vec<HistoryPoint> = (0..)
            .zip(closes)
            .map(|(day, &close)| HistoryPoint {
                date: first + chrono::Days::new(day),
                close,
            })
            .collect();
        figure(&Figure {
            ticker: "T&<x>",
            currency: "USD",
            history: &history,
            forecast: None,
            headlines: &[],
            truth: &[],
            cautions: &["This forecast is not reliable.".to_owned()],
        })
    }

    #[test]
    fn a_figure_becomes_a_png_or_an_svg_by_its_ending() {
        let folder = tempfile::tempdir().unwrap();
        let (png, svg) = (folder.path().join("a.PNG"), folder.path().join("a.svg"));
        let chart = chart(&[10.0, 12.0, 11.0]);
        picture(&chart, &png).unwrap();
        picture(&chart, &svg).unwrap();
        let bytes = std::fs::read(&png).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5_000, "{}", bytes.len());
        let text = std::fs::read_to_string(&svg).unwrap();
        assert!(
            text.contains(&CLOSE.to_uppercase()) && text.contains("T&amp;&lt;x&gt;: close"),
            "{text}"
        );
        for note in ["This forecast is not reliable.", "It is not investment advice."] {
            assert!(text.contains(note), "no {note:?} in {text}");
        }
        assert!(matches!(
            picture(&chart, &folder.path().join("a.gif")),
            Err(PictureError::Ending { .. })
        ));
    }

    #[test]
    fn nothing_to_draw_is_said_and_one_close_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        assert!(matches!(picture(&chart(&[]), &path), Err(PictureError::Empty)));
        picture(&chart(&[5.0]), &path).unwrap();
    }

    #[test]
    fn the_labels_of_the_price_axis_differ_at_every_level() {
        let labels = |closes: &[f64]| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.svg");
            picture(&chart(closes), &path).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            let words = text.split('>').filter_map(|part| part.trim().split('<').next());
            let prices = words.map(str::trim).filter(|word| word.starts_with('$'));
            prices.map(str::to_owned).collect::<Vec<_>>()
        };
        let (low, high) = (labels(&[0.000_012_34, 0.000_012_84]), labels(&[673_054.56, 671_200.0]));
        assert!(low.contains(&"$0.00001240".to_owned()), "{low:?}");
        assert!(high.contains(&"$672,000".to_owned()), "{high:?}");
        for labels in [low, high] {
            let mut distinct = labels.clone();
            distinct.dedup();
            assert!(labels.len() > 3 && distinct == labels, "{labels:?}");
        }
    }

    #[test]
    fn colours_are_read_as_figures_write_them() {
        let read =
            |text: &str| colour(&json!(text)).map(|RGBAColor(red, green, blue, alpha)| (red, green, blue, alpha));
        assert_eq!(read("#1f5fbf"), Some((31, 95, 191, 1.0)));
        assert_eq!(read("rgba(226, 112, 58, 0.24)"), Some((226, 112, 58, 0.24)));
        assert_eq!((read("#3b"), read("red"), read("rgba(1, 2)")), (None, None, None));
    }
}
