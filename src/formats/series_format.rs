//! What a prompt format does, and what its four operations exchange. It knows neither an engine nor a stage, so the forecast
//! stage, a dataset factory and a trainer can use the same formats.

use crate::indicators::Stats;
use crate::prompt::PromptError;

/// The series that a prompt tells.
#[derive(Debug, Clone, Copy)]
pub struct SeriesWindow<'a> {
    /// The symbol.
    pub ticker: &'a str,
    /// Closes of the context window, oldest first.
    pub closes: &'a [f64],
    /// The statistics of the history up to the last close.
    pub stats: &'a Stats,
    /// The reporter's summary of the history, which [`SeriesFormat::needs_summary`] asks for.
    pub summary: Option<&'a str>,
}

/// Who writes the `[` that opens the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The model, which was trained to.
    Model,
    /// The prompt, with the last close as the first entry: a model that was never trained for the format does not know that
    /// the answer goes on where the data ended, and continues from there.
    Prompt,
}

/// The answer that a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerShape {
    /// Trading days to forecast, one price each.
    pub horizon: usize,
    /// The last close of the window.
    pub last_close: f64,
    /// Who opens the list.
    pub opening: Opening,
}

/// What an answer may look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerGrammar {
    /// A regular expression that a whole answer matches.
    pub pattern: String,
    /// The most characters, hence tokens, that an answer has, the token that ends it included.
    pub longest: usize,
}

/// One way of telling a price series to a language model and of reading its continuation.
pub trait SeriesFormat: Sync {
    /// The prompt that asks for the continuation of a series.
    ///
    /// # Errors
    ///
    /// [`FormatError::Blurred`] for prices that the format cannot tell apart, [`FormatError::NoSummary`] without a summary that
    /// the format needs.
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError>;

    /// The true continuation as the text that follows the prompt: what a model learns to write.
    ///
    /// # Errors
    ///
    /// [`FormatError::Length`] for a path of another length than the horizon, [`FormatError::Unwritable`] for a price outside
    /// what the grammar admits.
    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError>;

    /// What an answer may look like: exactly the texts that [`SeriesFormat::target`] writes.
    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar;

    /// Reads an answer back, in price units.
    ///
    /// # Errors
    ///
    /// [`FormatError::NotAList`], [`FormatError::NotAPrice`] or [`FormatError::Length`]: the answer was cut short or does not
    /// follow the grammar.
    fn decode(&self, answer: &AnswerShape, text: &str) -> Result<Vec<f64>, FormatError>;

    /// Whether a prompt holds the reporter's summary of the history.
    fn needs_summary(&self) -> bool {
        false
    }
}

/// Why a series cannot be told or an answer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The format writes prices too coarsely for these.
    #[error(
        "a price of {price} is too low for this prompt format: rounding to two decimals hides too much of a typical daily move; ask in another one with --prompt-format scaled-v3"
    )]
    Blurred {
        /// The last close, with the digits it needs.
        price: String,
    },
    /// The prompt needs a summary of the history.
    #[error(
        "the history was not summarised, and this prompt format asks for a summary; choose another --prompt-format"
    )]
    NoSummary,
    /// A path or an answer of the wrong length.
    #[error("{found} prices where the horizon has {wanted}")]
    Length {
        /// The horizon.
        wanted: usize,
        /// The prices there are.
        found: usize,
    },
    /// A price that the format has no text for.
    #[error("the format cannot write a price of {price} after a last close of {last_close}")]
    Unwritable {
        /// The price.
        price: f64,
        /// The last close.
        last_close: f64,
    },
    /// The answer does not open or does not close its list.
    #[error("the answer is not a whole list of prices")]
    NotAList,
    /// An entry of the list that is no price.
    #[error("`{text}` is not a price")]
    NotAPrice {
        /// The entry.
        text: String,
    },
    /// The prompt's template could not be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}
