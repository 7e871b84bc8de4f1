//! Prompt formats: how a price series is written for a language model, and how its answer is parsed. A format has four operations
//! behind one trait: encode (series → prompt), target (the true continuation as text), grammar (the valid answers) and decode
//! (answer → prices). The forecast stage, the dataset factory and the trainer share them; the factory writes many examples of
//! one series at once.

mod name;
mod price_list;
mod price_texts;
mod price_tokens;
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
pub use self::vocabulary::{Piece, PieceKind, Vocabulary};

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

    /// The vocabulary of a format whose answer is a row of words, one a day. `None` for formats that write lists of prices.
    pub fn words(self) -> Option<&'static Vocabulary> {
        match self {
            PromptFormat::ReturnsV4 => Some(returns_v4::vocabulary()),
            PromptFormat::SeedV1 | PromptFormat::StatsV2 | PromptFormat::ScaledV3 | PromptFormat::SummaryV0 => None,
        }
    }

    /// The vocabulary of a model that is trained from scratch for the format: its words, or single characters. A general model asked
    /// in the format keeps its own. `None` for a format that no example can be drawn in.
    pub fn vocabulary(self) -> Option<&'static Vocabulary> {
        match self {
            PromptFormat::SeedV1 | PromptFormat::StatsV2 | PromptFormat::ScaledV3 => Some(price_tokens::vocabulary()),
            PromptFormat::SummaryV0 => None,
            PromptFormat::ReturnsV4 => self.words(),
        }
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
            PromptFormat::SeedV1 | PromptFormat::StatsV2 | PromptFormat::ScaledV3 => {
                price_tokens::training_tokens(prompt, completion)
            }
            PromptFormat::SummaryV0 => Err(FormatError::NoVocabulary { format: self }),
            PromptFormat::ReturnsV4 => returns_v4::training_tokens(prompt, completion, number),
        }
    }
}

#[cfg(test)]
mod tests;
