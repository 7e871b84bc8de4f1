//! Reads the complete lines of a file of rows. A last line without its line break, which a killed run leaves, is not a row.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use super::error::SentimentError;
use super::row::LabelRow;

/// The beginning of every row.
const BEGINNING: &[u8] = b"{\"ticker\":\"";

/// Calls `each` with every row and its line number. Returns the length in bytes of all complete lines.
///
/// # Errors
///
/// [`SentimentError::Damaged`] for a line that is no row, also for an unfinished last line that is not the beginning of one: the
/// file is then something else, and nothing may be cut off.
pub(super) fn each_row(
    file: &File,
    path: &Path,
    each: &mut dyn FnMut(usize, LabelRow) -> Result<(), SentimentError>,
) -> Result<u64, SentimentError> {
    let failed = |source| SentimentError::Io {
        doing: "read",
        path: path.into(),
        source,
    };
    let mut reader = BufReader::new(file);
    reader.rewind().map_err(failed)?;
    let (mut whole, mut text) = (0, Vec::new());
    for line in 1.. {
        text.clear();
        let bytes = reader.read_until(b'\n', &mut text).map_err(failed)?;
        let damaged = || SentimentError::Damaged {
            path: path.into(),
            line,
        };
        if text.last() != Some(&b'\n') {
            let begun = text.len().min(BEGINNING.len());
            // A whole value is not a row that was cut.
            let is_other = serde_json::from_slice::<serde_json::Value>(&text).is_ok()
                && serde_json::from_slice::<LabelRow>(&text).is_err();
            if text[..begun] != BEGINNING[..begun] || is_other {
                return Err(damaged());
            }
            break;
        }
        let row = serde_json::from_slice(&text).map_err(|_| damaged())?;
        each(line, row)?;
        whole += bytes as u64;
    }
    Ok(whole)
}
