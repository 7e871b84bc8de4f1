//! The picture: six panels, in each the mix as a band with its median and every stock as a line. Measures nothing.

use std::ops::Range;
use std::path::Path;

use anyhow::anyhow;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use crate::measure::{AGGREGATIONS, Facts, quantile, sizes};

const SIZE: (u32, u32) = (1320, 820);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(51, 62, 74);
const GRID: RGBAColor = RGBAColor(123, 134, 148, 0.25);
const BAND: RGBAColor = RGBAColor(123, 134, 148, 0.28);

/// One for each stock, told apart also without red and green (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 4] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

/// What one panel shows of a series: at each x a y.
struct Panel {
    title: &'static str,
    below: &'static str,
    x: Vec<f64>,
    y: fn(&Facts) -> &[f64],
    y_range: Range<f64>,
    /// What the normal distribution would have at an x, where that is worth a line.
    of_normal: Option<fn(f64) -> f64>,
}

pub fn draw(path: &Path, stocks: &[(&str, Facts)], mix: &[Facts]) -> anyhow::Result<()> {
    plotters::style::register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| anyhow!("the font cannot be read"))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (top, panels) = root.split_vertically(40);
    legend(&top, stocks)?;
    let areas = panels.split_evenly((2, 3));
    for (area, panel) in areas.iter().zip(panels_of()) {
        // The tail and the kurtosis span decades, the correlations do not.
        let x_range = first(&panel.x)..last(&panel.x);
        match panel.title {
            TAIL => draw_panel(
                area,
                &panel,
                x_range.log_scale(),
                panel.y_range.clone().log_scale(),
                stocks,
                mix,
            )?,
            KURTOSIS => draw_panel(area, &panel, x_range, panel.y_range.clone().log_scale(), stocks, mix)?,
            _ => draw_panel(area, &panel, x_range, panel.y_range.clone(), stocks, mix)?,
        }
    }
    root.present()?;
    Ok(())
}

const TAIL: &str = "Share of returns beyond a size";
const KURTOSIS: &str = "Kurtosis of returns of several days";

fn panels_of() -> [Panel; 6] {
    let lags = |longest: usize| (1..=longest).map(|lag| lag as f64).collect::<Vec<_>>();
    let correlation = |title, longest, y: fn(&Facts) -> &[f64], y_range| Panel {
        title,
        below: "days later",
        x: lags(longest),
        y,
        y_range,
        of_normal: None,
    };
    [
        Panel {
            title: TAIL,
            below: "standard deviations",
            x: sizes().collect(),
            y: |facts| &facts.beyond,
            y_range: 2e-4..1.0,
            of_normal: Some(|size| libm::erfc(size / 2.0_f64.sqrt())),
        },
        Panel {
            title: KURTOSIS,
            below: "days",
            x: AGGREGATIONS.map(|days| days as f64).to_vec(),
            y: |facts| &facts.kurtosis,
            y_range: 2.0..200.0,
            of_normal: Some(|_| 3.0),
        },
        correlation("Autocorrelation of returns", 20, |facts| &facts.returns, -0.15..0.15),
        correlation(
            "Autocorrelation of absolute returns",
            100,
            |facts| &facts.absolute,
            -0.1..0.4,
        ),
        correlation(
            "Autocorrelation of squared returns",
            100,
            |facts| &facts.squared,
            -0.1..0.4,
        ),
        correlation(
            "Correlation of a return with later squared ones",
            20,
            |facts| &facts.leverage,
            -0.2..0.1,
        ),
    ]
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw_panel<X, Y>(
    area: &Area<'_>,
    panel: &Panel,
    x_range: X,
    y_range: Y,
    stocks: &[(&str, Facts)],
    mix: &[Facts],
) -> anyhow::Result<()>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let mut plane = ChartBuilder::on(area)
        .caption(panel.title, (FONT, 18).into_font().color(&INK))
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(48)
        .build_cartesian_2d(x_range, y_range)?;
    plane
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style((FONT, 13).into_font().color(&INK))
        .x_desc(panel.below)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|value| short(*value))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    let at = |share: f64| -> Vec<(f64, f64)> {
        let value = |place: usize| quantile(mix.iter().map(|facts| (panel.y)(facts)[place]), share);
        panel.x.iter().copied().zip((0..panel.x.len()).map(value)).collect()
    };
    let edge = |share| {
        at(share)
            .into_iter()
            .map(|(x, y)| (x, y.clamp(panel.y_range.start, panel.y_range.end)))
    };
    let band: Vec<(f64, f64)> = edge(0.1).chain(edge(0.9).rev()).collect();
    plane.draw_series([Polygon::new(band, BAND.filled())])?;
    for ((_, facts), colour) in stocks.iter().zip(COLOURS) {
        let points = panel.x.iter().copied().zip((panel.y)(facts).iter().copied());
        plane.draw_series(LineSeries::new(within(panel, points), colour.stroke_width(1)))?;
    }
    plane.draw_series(LineSeries::new(within(panel, at(0.5)), BLACK.stroke_width(2)))?;
    if let Some(of_normal) = panel.of_normal {
        let points = panel.x.iter().map(|&x| (x, of_normal(x)));
        plane.draw_series(DashedLineSeries::new(within(panel, points), 5, 4, INK.stroke_width(1)))?;
    }
    Ok(())
}

/// The points that lie within the panel.
fn within(panel: &Panel, points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    points
        .into_iter()
        .filter(|(_, y)| (panel.y_range.start..=panel.y_range.end).contains(y))
        .collect()
}

/// Names the lines, in one row above the panels.
fn legend(area: &Area<'_>, stocks: &[(&str, Facts)]) -> anyhow::Result<()> {
    let text = |label: &str, x: i32| Text::new(label.to_owned(), (x + 34, 14), (FONT, 16).into_font().color(&INK));
    let stroke = |x: i32| vec![(x, 22), (x + 28, 22)];
    let mut x = 24;
    for ((name, _), colour) in stocks.iter().zip(COLOURS) {
        area.draw(&PathElement::new(stroke(x), colour.stroke_width(2)))?;
        area.draw(&text(name, x))?;
        x += 100;
    }
    area.draw(&PathElement::new(stroke(x), BLACK.stroke_width(3)))?;
    area.draw(&text("simulated mix: median of its series", x))?;
    x += 310;
    area.draw(&Rectangle::new([(x, 14), (x + 28, 30)], BAND.filled()))?;
    area.draw(&text("10 % to 90 % of them", x))?;
    x += 210;
    area.draw(&PathElement::new(vec![(x, 22), (x + 11, 22)], INK.stroke_width(1)))?;
    area.draw(&PathElement::new(vec![(x + 17, 22), (x + 28, 22)], INK.stroke_width(1)))?;
    area.draw(&text("normal distribution", x))?;
    Ok(())
}

/// A label without needless zeros: 0.1, 10, 0.001.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

fn first(values: &[f64]) -> f64 {
    values.first().copied().unwrap_or(0.0)
}

fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(1.0)
}
