//! Counts as llama.cpp takes them.

/// A small count as a C `int`.
pub(super) fn native(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
