//! The examples of a block as JSON Lines in one buffer.

use super::record::Record;
use crate::market::simulate::Permutation;

/// Lines that are written one after the other and shuffled at the end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where each line ends, its line break included.
    ends: Vec<usize>,
    prompt: String,
    completion: String,
}

impl Lines {
    /// Two empty texts for the next example.
    pub(super) fn texts(&mut self) -> (&mut String, &mut String) {
        self.prompt.clear();
        self.completion.clear();
        (&mut self.prompt, &mut self.completion)
    }

    /// The texts of the last example.
    pub(super) fn last_texts(&self) -> (&str, &str) {
        (&self.prompt, &self.completion)
    }

    /// Appends the example of the two texts.
    pub(super) fn push<'a>(&'a mut self, record: impl FnOnce(&'a str, &'a str) -> Record<'a>) {
        let record = record(&self.prompt, &self.completion);
        // Writing into memory cannot fail, and a record always serialises.
        let _ = serde_json::to_writer(&mut self.bytes, &record);
        self.bytes.push(b'\n');
        self.ends.push(self.bytes.len());
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All lines.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The lines as records again.
    ///
    /// # Errors
    /// Never for lines that [`Lines::push`] wrote.
    pub(super) fn records(&self) -> serde_json::Result<Vec<Record<'_>>> {
        serde_json::Deserializer::from_slice(&self.bytes).into_iter().collect()
    }

    /// Puts the lines into an order that depends on the seed only.
    pub(super) fn shuffle(&mut self, seed: u64) {
        let order = Permutation::new(self.len() as u64, seed);
        let mut shuffled = Vec::with_capacity(self.bytes.len());
        let mut ends = Vec::with_capacity(self.len());
        for place in 0..self.len() as u64 {
            let line = order.at(place) as usize;
            let start = line.checked_sub(1).map_or(0, |before| self.ends[before]);
            shuffled.extend_from_slice(&self.bytes[start..self.ends[line]]);
            ends.push(shuffled.len());
        }
        (self.bytes, self.ends) = (shuffled, ends);
    }
}
