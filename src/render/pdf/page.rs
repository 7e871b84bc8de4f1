//! The pages of a document: text of one font that is broken into lines, tables, rules and paths, from the top of a page to its foot.
//! Knows nothing of what it prints. Lengths are in points, from the upper left corner.

use ab_glyph::{Font as _, FontRef};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

/// A4.
pub(super) const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
/// Free on all sides.
pub(super) const MARGIN: f32 = 48.0;
/// The last line that text may stand on.
pub(super) const FOOT: f32 = HEIGHT - 64.0;

/// A colour.
pub(super) type Ink = (u8, u8, u8);
/// Text.
pub(super) const INK: Ink = (33, 41, 51);
/// Labels and notes.
pub(super) const MUTED: Ink = (104, 115, 128);
/// Lines between rows.
pub(super) const RULE: Ink = (214, 219, 225);

/// The font, for drawing and for measuring.
pub(super) struct Type {
    drawn: Font,
    measured: FontRef<'static>,
}

impl Type {
    /// The embedded font; `None` if it cannot be read.
    pub(super) fn embedded() -> Option<Type> {
        let bytes = epaint_default_fonts::UBUNTU_LIGHT;
        Some(Type {
            drawn: Font::new(bytes.into(), 0)?,
            measured: FontRef::try_from_slice(bytes).ok()?,
        })
    }

    /// The text with a box for every character that the font lacks.
    pub(super) fn printable(&self, text: &str) -> String {
        let print = |letter: char| match letter {
            letter if letter.is_whitespace() => ' ',
            letter if self.measured.glyph_id(letter).0 != 0 => letter,
            _ => '\u{25a1}',
        };
        text.chars().map(print).collect()
    }

    /// The width of a line.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let units = self.measured.units_per_em().unwrap_or(1000.0);
        let advance = |letter| self.measured.h_advance_unscaled(self.measured.glyph_id(letter));
        text.chars().map(advance).sum::<f32>() / units * size
    }

    /// The lines of a text that is at most so wide. A word that is wider than a line is cut.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in self.printable(text).split_whitespace() {
            for piece in self.pieces(word, size, width) {
                let Some(line) = lines.last_mut() else { continue };
                let longer = if line.is_empty() {
                    piece.clone()
                } else {
                    format!("{line} {piece}")
                };
                if line.is_empty() || self.width(&longer, size) <= width {
                    *line = longer;
                } else {
                    lines.push(piece);
                }
            }
        }
        lines
    }

    fn pieces(&self, word: &str, size: f32, width: f32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut reached = 0.0;
        for letter in word.chars() {
            let advance = self.width(letter.encode_utf8(&mut [0; 4]), size);
            if reached + advance > width && reached > 0.0 {
                pieces.push(String::new());
                reached = 0.0;
            }
            reached += advance;
            if let Some(piece) = pieces.last_mut() {
                piece.push(letter);
            }
        }
        pieces
    }
}

/// One page that is being written, from the top down.
pub(super) struct Sheet<'d, 't> {
    surface: Surface<'d>,
    font: &'t Type,
    /// Where the next line begins.
    pub(super) at: f32,
}

impl<'t> Sheet<'_, 't> {
    /// Writes one page.
    pub(super) fn on(document: &mut Document, font: &'t Type, write: impl FnOnce(&mut Sheet<'_, 't>)) -> Option<()> {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?);
        let mut sheet = Sheet {
            surface: page.surface(),
            font,
            at: MARGIN,
        };
        write(&mut sheet);
        Some(())
    }

    /// The font.
    pub(super) fn font(&self) -> &'t Type {
        self.font
    }

    /// Whether so much more fits on the page.
    pub(super) fn fits(&self, height: f32) -> bool {
        self.at + height <= FOOT
    }

    /// Writes a line with its left end at `x` and its base at `y`.
    pub(super) fn write(&mut self, text: &str, x: f32, y: f32, size: f32, ink: Ink) {
        self.fill(ink, 1.0);
        let (font, text) = (self.font.drawn.clone(), self.font.printable(text));
        self.surface.draw_text(
            Point::from_xy(x, y),
            font,
            size,
            &text,
            false,
            TextDirection::LeftToRight,
        );
    }

    /// Writes a line with its right end at `x`.
    pub(super) fn write_before(&mut self, text: &str, x: f32, y: f32, size: f32, ink: Ink) {
        let width = self.font.width(&self.font.printable(text), size);
        self.write(text, x - width, y, size, ink);
    }

    /// Writes a paragraph as far as the page reaches; the lines that did not fit.
    pub(super) fn paragraph(&mut self, text: &str, size: f32, ink: Ink, indent: f32) -> usize {
        let lines = self.font.lines(text, size, WIDTH - 2.0 * MARGIN - indent);
        for (at, line) in lines.iter().enumerate() {
            if !self.fits(size * 1.35) {
                return lines.len() - at;
            }
            self.at += size * 1.35;
            self.write(line, MARGIN + indent, self.at, size, ink);
        }
        0
    }

    /// A line across the page.
    pub(super) fn rule(&mut self) {
        self.line(&[(MARGIN, self.at), (WIDTH - MARGIN, self.at)], RULE, 0.6);
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: &[(f32, f32)], ink: Ink, width: f32) {
        let Some(path) = path(points, false) else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: colour(ink).into(),
            width,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }

    /// A filled area.
    pub(super) fn area(&mut self, points: &[(f32, f32)], ink: Ink, opacity: f32) {
        let Some(path) = path(points, true) else { return };
        self.fill(ink, opacity);
        self.surface.draw_path(&path);
    }

    /// A filled box.
    pub(super) fn filled(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink, opacity: f32) {
        let Some(rect) = Rect::from_xywh(x, y, width, height) else {
            return;
        };
        let mut builder = PathBuilder::new();
        builder.push_rect(rect);
        let Some(path) = builder.finish() else { return };
        self.fill(ink, opacity);
        self.surface.draw_path(&path);
    }

    fn fill(&mut self, ink: Ink, opacity: f32) {
        self.surface.set_fill(Some(Fill {
            paint: colour(ink).into(),
            opacity: NormalizedF32::new(opacity).unwrap_or(NormalizedF32::ONE),
            ..Fill::default()
        }));
    }
}

fn colour((red, green, blue): Ink) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (&(x, y), rest) = points.split_first()?;
    builder.move_to(x, y);
    for &(x, y) in rest {
        builder.line_to(x, y);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}
