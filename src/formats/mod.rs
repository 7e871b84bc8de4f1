//! Prompt formats: how a price series is written for a language model, and how its answer is parsed. A format has four operations
//! behind one trait: encode (series → prompt), target (the true continuation as text), grammar (the valid answers) and decode
//! (answer → prices). The forecast stage, the dataset factory and the trainer share them; the factory writes many examples of
//! one series at once.

mod name;
mod price_list;
mod price_texts;
mod scaled_v3;
mod seed_v1;
mod series_format;
mod stats_block;
mod stats_examples;
mod stats_v2;
mod summary_v0;
mod two_decimals;

pub use self::name::PromptFormat;
pub use self::series_format::{
    AnswerGrammar, AnswerShape, ExampleWindow, Examples, FormatError, Opening, SeriesFormat, SeriesWindow,
};

impl PromptFormat {
    /// The implementation of a format.
    pub fn format(self) -> &'static dyn SeriesFormat {
        match self {
            PromptFormat::SeedV1 => &seed_v1::SeedV1,
            PromptFormat::StatsV2 => &stats_v2::StatsV2,
            PromptFormat::ScaledV3 => &scaled_v3::ScaledV3,
            PromptFormat::SummaryV0 => &summary_v0::SummaryV0,
        }
    }
}

#[cfg(test)]
mod tests;
