//! The guard of every figure: a number comes in, and goes out only when it is finite.

/// Drops a figure that is infinite or not a number, which bars that break their promise would give.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
