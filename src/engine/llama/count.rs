//! Counts as llama.cpp's C interface takes them.

/// A count as a C `int`, saturating.
pub(super) fn native(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
