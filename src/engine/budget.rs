//! Memory limits and memory needs of an arena, in bytes: parsed from and shown in units such as `1.5GiB`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most memory that one arena may hold, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// 4 GiB: the consumer graphics card that the project was first written for.
    fn default() -> Self {
        Budget(4 << 30)
    }
}

/// The memory that an arena will hold, in bytes, estimated before anything is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// Model weights: the size of the file that is mapped or read.
    pub weights: u64,
    /// The KV cache for the planned context length and element type; 0 for a classifier.
    pub kv: u64,
    /// Compute buffers, logits, tokenizer.
    pub compute: u64,
}

impl Need {
    /// Weights, KV cache and compute buffers together.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.compute)
    }
}

/// A text that does not parse as a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size: write a number and a unit, such as 4GiB, 1.5GiB or 512MiB")]
pub struct SizeError(String);

impl FromStr for Budget {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let wrong = || SizeError(text.chars().take(40).collect());
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let scale: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "g" | "gib" => 1 << 30,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            _ => return Err(wrong()),
        };
        let bytes = number * scale as f64;
        if !(1.0..1e18).contains(&bytes) {
            return Err(wrong());
        }
        Ok(Budget(bytes as u64))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&human_bytes(self.0))
    }
}

/// Bytes in the largest unit that fits: `1.5 GiB`, `98 MiB`, `12 KiB`, `7 B`.
pub fn human_bytes(bytes: u64) -> String {
    let value = bytes as f64;
    for (unit, size) in [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= size {
            let scaled = value / size as f64;
            return if scaled < 10.0 {
                format!("{scaled:.1} {unit}")
            } else {
                format!("{scaled:.0} {unit}")
            };
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("4GiB".parse::<Budget>().unwrap(), Budget(4 << 30));
        assert_eq!("1.5 GiB".parse::<Budget>().unwrap(), Budget(3 << 29));
        assert_eq!("64MiB".parse::<Budget>().unwrap(), Budget(64 << 20));
        assert_eq!("2GB".parse::<Budget>().unwrap(), Budget(2_000_000_000));
        assert_eq!("4096".parse::<Budget>().unwrap(), Budget(4096));
    }

    #[test]
    fn a_text_that_is_not_a_size_is_refused() {
        for text in [
            "",
            "GiB",
            "-1GiB",
            "0",
            "4 parsecs",
            "1e3GiB",
            "1.2.3MiB",
            "99999999999GiB",
        ] {
            assert!(text.parse::<Budget>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn sizes_are_shown_in_the_largest_unit_that_fits() {
        assert_eq!(human_bytes(7), "7 B");
        assert_eq!(human_bytes(98_362_432), "94 MiB");
        assert_eq!(human_bytes(3 << 29), "1.5 GiB");
    }
}
