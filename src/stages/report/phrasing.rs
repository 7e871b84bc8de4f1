//! Which of several phrasings a report takes: drawn from the job's own data, so that two reports read differently and one report
//! always reads the same.

use crate::stages::in_flight::InFlight;

/// A choice of phrasings for one job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrasing(u64);

impl Phrasing {
    /// The phrasings of a job: by its ticker, its last day and its last close.
    pub(super) fn of(job: &InFlight) -> Self {
        let day = job
            .job
            .series
            .last()
            .map(|bar| bar.date.to_string())
            .unwrap_or_default();
        let ticker = job.job.series.ticker.as_str();
        let close = job.last_close().to_bits().to_le_bytes();
        // FNV-1a, which stays the same on every machine.
        let bytes = ticker.bytes().chain(day.bytes()).chain(close);
        Phrasing(bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// One of the phrasings of the sentence with this number.
    pub(super) fn pick(self, sentence: u32, phrasings: Vec<String>) -> String {
        let drawn = self.0.rotate_left(sentence.wrapping_mul(11) % 64) >> 7;
        let index = usize::try_from(drawn % (phrasings.len().max(1) as u64)).unwrap_or(0);
        phrasings.into_iter().nth(index).unwrap_or_default()
    }
}
