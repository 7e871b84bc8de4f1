//! The names of the prompt formats, spelled the same in a manifest, on the command line and in a result.

use crate::models::spelled;

spelled! {
    /// The prompt format of a forecaster. It belongs to the model, which was trained on it.
    PromptFormat {
        /// Prices with two decimals and statistics in prose: what the seed's adapters were trained on.
        SeedV1 = "seed-v1",
        /// Prices with two decimals after a block of statistics.
        StatsV2 = "stats-v2",
        /// Prices scaled to short integers, so that any price level works.
        ScaledV3 = "scaled-v3",
        /// Prices with two decimals after the reporter's summary of them: an experiment of the Python original.
        SummaryV0 = "summary-v0",
        /// A day is one word: its log return over the volatility known the day before.
        ReturnsV4 = "returns-v4",
    }
}
