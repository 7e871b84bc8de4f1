//! Examples that are drawn one by one, each from a series of its own: nothing is written, and no two share a simulated day. A
//! number goes in; the prompt and the completion of that example come out, always the same.

use super::draw::Windows;
use super::error::DatasetError;
use super::lines::Lines;
use super::plan::Plan;
use crate::market::simulate::mix;

/// Series to try for one example: a format refuses some windows, and some series are too short.
const TRIES: u64 = 16;

/// What the seeds of fresh examples are mixed with, so that they are not those of the written ones.
const FRESH: u64 = 0x6672_6573_6865_7861;

/// The texts of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// The prompt.
    pub prompt: String,
    /// The text that follows it.
    pub completion: String,
}

impl Plan<'_> {
    /// The example with this number. Whether it is real or simulated follows from the recipe's mixture.
    ///
    /// # Errors
    ///
    /// When a series cannot be read, and [`DatasetError::NoSeries`] when no series of several has a window that the format can
    /// write.
    pub fn fresh(&self, number: u64) -> Result<Fresh, DatasetError> {
        let mixture = self.recipe().mixture;
        let is_real = mixture.real_among(number + 1) > mixture.real_among(number);
        for attempt in 0..TRIES {
            let draw = mix(self.recipe().seed ^ FRESH, number * TRIES + attempt);
            let days = if is_real {
                self.any_real(mix(draw, 1))?
            } else {
                self.simulated(draw >> 1)
            };
            let windows = Windows::new(&self.recipe().draw, days.bars.len());
            if windows.count() == 0 {
                continue;
            }
            let window = windows.at(days.bars.len(), mix(draw, 2) % windows.count());
            let mut examples = self.recipe().format.format().examples(&days.ticker, &days.bars)?;
            let mut lines = Lines::default();
            if self.write(&days, window, examples.as_mut(), &mut lines)? {
                let (prompt, completion) = lines.last_texts();
                return Ok(Fresh {
                    prompt: prompt.to_owned(),
                    completion: completion.to_owned(),
                });
            }
        }
        Err(DatasetError::NoSeries {
            reason: format!(
                "of {TRIES} series none has a window that {} can write; choose shorter windows or another format",
                self.recipe().format
            ),
        })
    }
}
