//! Names both sides of an overlap. The comparison of two datasets keeps days, not lines, so the files are read once more, and only
//! if there are overlaps.

use super::doubles::Place;
use super::fault::FaultKind;
use super::overlap::Window;
use super::piece::Examiner;
use super::subject::Subject;
use crate::dataset::error::DatasetError;
use crate::dataset::scan::scan;

/// Finds, for each overlap among the faults, the first line of the files whose window shares a day with it.
///
/// # Errors
///
/// When a series cannot be read.
pub(super) fn name_lines(
    subjects: &[Subject],
    faults: &mut [(Place, FaultKind)],
    threads: usize,
) -> Result<(), DatasetError> {
    for (number, subject) in (0..).zip(subjects) {
        let (places, windows): (Vec<usize>, Vec<Window>) = (faults.iter().enumerate())
            .filter_map(|(at, (_, kind))| Some((at, unnamed(kind)?)))
            .unzip();
        if places.is_empty() {
            return Ok(());
        }
        let examiner = Examiner::new(number, subject, false)?;
        let mut found = vec![None; windows.len()];
        // The whole file is read: its pieces arrive in order, so the first line that is found stays.
        let ending = scan(
            &subject.path,
            threads,
            |chunk| examiner.first_lines(&chunk, &windows),
            |lines| {
                for (first, line) in found.iter_mut().zip(lines?) {
                    *first = first.or(line);
                }
                Ok::<_, DatasetError>(())
            },
        )?;
        // Where reading ends is a fault already.
        drop(ending);
        for (at, line) in places.into_iter().zip(found) {
            if let (Some(first), FaultKind::Overlaps { file, line, .. }) = (line, &mut faults[at].1) {
                (*file, *line) = (subject.path.clone(), first);
            }
        }
    }
    Ok(())
}

/// The window of an overlap whose other side is not named yet.
fn unnamed(kind: &FaultKind) -> Option<Window> {
    match kind {
        FaultKind::Overlaps {
            ticker,
            from,
            to,
            line: 0,
            ..
        } => Some(Window {
            ticker: ticker.clone(),
            from: *from,
            to: *to,
        }),
        _ => None,
    }
}
