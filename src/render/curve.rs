//! Curves over the steps of a run, as a picture: numbers in, SVG or PNG out.

use std::path::Path;

use plotters::prelude::*;

use super::picture::{FONT, GRID, INK, PictureError, SIZE, embed_font, failed};

/// A line of the picture.
pub(crate) struct Curve<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Step and value, steps ascending.
    pub points: Vec<(f64, f64)>,
    /// Drawn thin and pale: a noisy line that others are read against.
    pub pale: bool,
}

/// The colours of the lines, in order.
const COLOURS: [RGBColor; 2] = [RGBColor(47, 111, 159), RGBColor(192, 86, 33)];

/// The share of the steps at the beginning that does not set the height of the picture: losses fall far there.
const BEGINNING: f64 = 0.03;

/// Draws curves into a file, as SVG or PNG by its ending.
///
/// # Errors
///
/// [`PictureError`] for another ending, curves without points, or a file that cannot be written.
pub(crate) fn curves(title: &str, unit: &str, curves: &[Curve<'_>], path: &Path) -> Result<(), PictureError> {
    embed_font();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "png" => draw(title, unit, curves, &BitMapBackend::new(path, SIZE).into_drawing_area()),
        "svg" => draw(title, unit, curves, &SVGBackend::new(path, SIZE).into_drawing_area()),
        _ => Err(PictureError::Ending { path: path.into() }),
    }
}

fn draw<D: DrawingBackend>(
    title: &str,
    unit: &str,
    curves: &[Curve<'_>],
    area: &DrawingArea<D, plotters::coord::Shift>,
) -> Result<(), PictureError> {
    let steps = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.0)
        .fold(0.0, f64::max);
    let later = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .filter(|point| point.0 >= BEGINNING * steps);
    let (low, high) = later.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
        (low.min(point.1), high.max(point.1))
    });
    if !(low.is_finite() && high.is_finite()) {
        return Err(PictureError::Empty);
    }
    let margin = ((high - low) * 0.05).max(1e-6);
    area.fill(&WHITE).map_err(failed)?;
    let mut plane = ChartBuilder::on(area)
        .caption(title, (FONT, 26).into_font().color(&INK))
        .margin(18)
        .x_label_area_size(44)
        .y_label_area_size(90)
        .build_cartesian_2d(0.0..steps.max(1.0), low - margin..high + margin)
        .map_err(failed)?;
    plane
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style((FONT, 16).into_font().color(&INK))
        .x_desc("step")
        .y_desc(unit)
        .x_label_formatter(&|step| format!("{step:.0}"))
        .draw()
        .map_err(failed)?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let style = if curve.pale {
            colour.mix(0.45).stroke_width(1)
        } else {
            colour.stroke_width(3)
        };
        // What lies above the picture is left out, not drawn over its frame.
        let points = curve.points.iter().copied().filter(|point| point.1 <= high + margin);
        plane
            .draw_series(LineSeries::new(points, style))
            .map_err(failed)?
            .label(curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], style));
    }
    plane
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(GRID)
        .label_font((FONT, 16).into_font().color(&INK))
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn curves_are_drawn_with_their_names_and_an_empty_picture_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.svg");
        let falling = |scale: f64| {
            (1..200)
                .map(|step| (f64::from(step), scale / f64::from(step).sqrt()))
                .collect()
        };
        let lines = [
            Curve {
                name: "training",
                points: falling(5.0),
                pale: true,
            },
            Curve {
                name: "validation",
                points: falling(6.0),
                pale: false,
            },
        ];
        curves("Loss of a model", "nats a token", &lines, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for part in [
            "<svg",
            "Loss of a model",
            "training",
            "validation",
            "nats a token",
            "<polyline",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(matches!(curves("", "", &[], &path), Err(PictureError::Empty)));
        assert!(matches!(
            curves("", "", &lines, &folder.path().join("loss.gif")),
            Err(PictureError::Ending { .. })
        ));
    }
}
