//! Prompt formats: how a price series is written for a language model, and how its answer is parsed. A format has four operations
//! behind one trait: encode (series → prompt), target (the true continuation as text), grammar (the valid answers) and decode
//! (answer → prices). The forecast stage, the dataset factory and the trainer share them; the factory writes many examples of
//! one series at once.

mod name;
mod price_list;
mod price_texts;
mod returns_v4;
mod scale;
mod scaled_v3;
mod seed_v1;
mod series_format;
mod stats_block;
mod stats_examples;
mod stats_v2;
mod summary_v0;
mod two_decimals;
mod vocabulary;

pub use self::name::PromptFormat;
pub use self::series_format::{
    AnswerGrammar, AnswerShape, ExampleWindow, Examples, FirstDayShare, FormatError, Opening, SeriesFormat,
    SeriesWindow, TrainingTokens,
};
pub use self::vocabulary::{Piece, PieceKind, WordVocabulary};

impl PromptFormat {
    /// The implementation of a format.
    pub fn format(self) -> &'static dyn SeriesFormat {
        match self {
            PromptFormat::SeedV1 => &seed_v1::SeedV1,
            PromptFormat::StatsV2 => &stats_v2::StatsV2,
            PromptFormat::ScaledV3 => &scaled_v3::ScaledV3,
            PromptFormat::SummaryV0 => &summary_v0::SummaryV0,
            PromptFormat::ReturnsV4 => &returns_v4::ReturnsV4,
        }
    }

    /// The vocabulary of a model made for the format alone; `None` for formats that are written for general models.
    pub fn vocabulary(self) -> Option<&'static WordVocabulary> {
        matches!(self, PromptFormat::ReturnsV4).then(returns_v4::vocabulary)
    }

    /// A training example as tokens of the format's vocabulary. `number` is the example's number in its data set: the format may
    /// vary what it leaves out by it.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnknownWord`] for a text that the format did not write; [`FormatError::NoVocabulary`] for a format without a
    /// vocabulary.
    pub fn training_tokens(self, prompt: &str, completion: &str, number: u64) -> Result<TrainingTokens, FormatError> {
        match self {
            PromptFormat::ReturnsV4 => returns_v4::training_tokens(prompt, completion, number),
            _ => Err(FormatError::NoVocabulary { format: self }),
        }
    }
}

#[cfg(test)]
mod tests;
