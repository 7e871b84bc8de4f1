//! The names of the prompt formats, spelled the same in a manifest, on the command line and in a result.

use crate::models::spelled;

spelled! {
    /// How a forecaster is asked; the format belongs to the model, which was trained on it.
    PromptFormat {
        /// Prices with two decimals and statistics in prose: what the seed's adapters were trained on.
        SeedV1 = "seed-v1",
        /// Prices with two decimals and a dense block of statistics.
        StatsV2 = "stats-v2",
        /// Prices rescaled to short integers, whatever their level.
        ScaledV3 = "scaled-v3",
        /// Prices with two decimals after the reporter's summary of them: an experiment of the Python original.
        SummaryV0 = "summary-v0",
    }
}
