//! The trait of a prompt format, and the types of its four operations. It depends on neither an engine nor a stage, so the
//! forecast stage, a dataset factory and a trainer can use the same formats.

use super::name::PromptFormat;
use super::scale::scale_after;
use crate::analysis::FirstDay;
use crate::indicators::Stats;
use crate::market::Bar;
use crate::prompt::PromptError;

/// The series in a prompt.
#[derive(Debug, Clone, Copy)]
pub struct SeriesWindow<'a> {
    /// The ticker symbol.
    pub ticker: &'a str,
    /// Closes of the context window, oldest first.
    pub closes: &'a [f64],
    /// The statistics of the history up to the last close.
    pub stats: &'a Stats,
    /// The reporter's summary of the history, for formats whose [`SeriesFormat::needs_summary`] is true.
    pub summary: Option<&'a str>,
}

/// Who writes the `[` that opens the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The model, which was trained to write it.
    Model,
    /// The prompt, which also writes the last close as the first entry. A model that was not trained on the format does not know
    /// that the answer continues the data; with this entry, it does.
    Prompt,
}

/// The answer that a prompt requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerShape {
    /// Trading days to forecast, one price each.
    pub horizon: usize,
    /// The last close of the window.
    pub last_close: f64,
    /// The deviation of the next day's log return as known at the last close, for formats that write returns; a fraction.
    pub scale: f64,
    /// Who writes the opening bracket.
    pub opening: Opening,
}

impl AnswerShape {
    /// The answer to a prompt with these closes, of which there must be at least one.
    pub fn after(closes: &[f64], horizon: usize, opening: Opening) -> Self {
        AnswerShape {
            horizon,
            last_close: closes.last().copied().unwrap_or(f64::NAN),
            scale: scale_after(closes),
            opening,
        }
    }
}

/// The grammar of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerGrammar {
    /// A regular expression that a whole answer matches.
    pub pattern: String,
    /// The most characters of an answer, hence the most tokens, including the end-of-text token.
    pub longest: usize,
    /// The number of words of an answer, for a format of whole words. In a model that has each as a token it is the number of
    /// tokens, the end-of-text token aside.
    pub words: Option<usize>,
}

/// A possible beginning of an answer with its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstDayShare<'a> {
    /// The text of the first token.
    pub text: &'a str,
    /// Its probability under the model.
    pub probability: f64,
}

/// A training example as tokens of the format's vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingTokens {
    /// The tokens, the one that begins a text included.
    pub tokens: Vec<u32>,
    /// The weight of each token in the loss; 0 for those that are only read.
    pub weights: Vec<f32>,
}

/// A way to write a price series for a language model and to parse the continuation.
pub trait SeriesFormat: Sync {
    /// The prompt for the continuation of a series.
    ///
    /// # Errors
    ///
    /// [`FormatError::Blurred`] if the format rounds the prices too coarsely; [`FormatError::NoSummary`] if the format needs a
    /// summary and there is none.
    fn encode(&self, series: &SeriesWindow<'_>, answer: &AnswerShape) -> Result<String, FormatError>;

    /// The true continuation as the text that follows the prompt, for training.
    ///
    /// # Errors
    ///
    /// [`FormatError::Length`] if the path is not as long as the horizon; [`FormatError::Unwritable`] for a price that the
    /// grammar does not admit.
    fn target(&self, answer: &AnswerShape, path: &[f64]) -> Result<String, FormatError>;

    /// The grammar of an answer: it admits exactly the texts that [`SeriesFormat::target`] returns.
    fn grammar(&self, answer: &AnswerShape) -> AnswerGrammar;

    /// Parses an answer into prices, in price units. A format whose texts stand for ranges of prices places each price within its
    /// range by `draw`: the same draw and text give the same prices.
    ///
    /// # Errors
    ///
    /// [`FormatError::NotAList`], [`FormatError::NotAPrice`] or [`FormatError::Length`] if the answer was cut short or does not
    /// follow the grammar.
    fn decode(&self, answer: &AnswerShape, text: &str, draw: u64) -> Result<Vec<f64>, FormatError>;

    /// A writer of training examples of one series, in the words of [`SeriesFormat::encode`] and [`SeriesFormat::target`].
    ///
    /// # Errors
    ///
    /// [`FormatError::NoSummary`] if the format needs a summary.
    fn examples<'a>(&'a self, ticker: &'a str, bars: &'a [Bar]) -> Result<Box<dyn Examples + 'a>, FormatError>;

    /// Whether the prompt includes the reporter's summary of the history.
    fn needs_summary(&self) -> bool {
        false
    }

    /// The distribution of the first day's log return, from the probabilities of the first token; `None` where a day takes more
    /// than one token, or none of the tokens begins an answer.
    fn first_day(
        &self,
        _answer: &AnswerShape,
        _shares: &mut dyn Iterator<Item = FirstDayShare<'_>>,
    ) -> Option<FirstDay> {
        None
    }

    /// Whether the format itself bounds the move of a day, so that no path needs to be rejected for one.
    fn bounds_moves(&self) -> bool {
        false
    }
}

/// Which days of a series are an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExampleWindow {
    /// Index of the first close of the prompt.
    pub start: usize,
    /// Closes in the prompt.
    pub context: usize,
    /// Closes in the completion; they follow those of the prompt.
    pub horizon: usize,
}

impl ExampleWindow {
    /// Index of the first close of the completion.
    pub fn split(&self) -> usize {
        self.start + self.context
    }

    /// Index after the last close of the completion.
    pub fn end(&self) -> usize {
        self.split() + self.horizon
    }

    /// The answer that a trained model is to give: it opens the list itself.
    pub(super) fn answer(&self, closes: &[f64]) -> AnswerShape {
        AnswerShape::after(&closes[self.start..self.split()], self.horizon, Opening::Model)
    }
}

/// Writes examples of one series.
pub trait Examples {
    /// Appends the prompt and the completion of a window, which must lie within the series.
    ///
    /// # Errors
    ///
    /// As [`SeriesFormat::encode`] and [`SeriesFormat::target`]; both texts may then be incomplete.
    fn write(&mut self, window: ExampleWindow, prompt: &mut String, completion: &mut String)
    -> Result<(), FormatError>;
}

/// Checks that a path or an answer has a price for each day of the horizon.
pub(super) fn has_length(answer: &AnswerShape, found: usize) -> Result<(), FormatError> {
    if found == answer.horizon {
        return Ok(());
    }
    Err(FormatError::Length {
        wanted: answer.horizon,
        found,
    })
}

/// Why a series cannot be written or an answer cannot be parsed.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The format rounds these prices too coarsely.
    #[error(
        "a price of {price} is too low for this prompt format: rounding to two decimals hides too much of a typical daily move; ask in another one with --prompt-format scaled-v3"
    )]
    Blurred {
        /// The last close, unrounded.
        price: String,
    },
    /// The prompt needs a summary of the history.
    #[error(
        "the history was not summarised, and this prompt format asks for a summary; choose another --prompt-format"
    )]
    NoSummary,
    /// A path or an answer of the wrong length.
    #[error("the list has {found} prices, but the horizon is {wanted} days")]
    Length {
        /// The number of prices expected, which is the horizon.
        wanted: usize,
        /// The number of prices found.
        found: usize,
    },
    /// A price that the format cannot write.
    #[error("the format cannot write a price of {price} after a last close of {last_close}")]
    Unwritable {
        /// The price.
        price: f64,
        /// The last close.
        last_close: f64,
    },
    /// The answer has no opening or no closing bracket.
    #[error("the answer is not a whole list of prices")]
    NotAList,
    /// An entry of the list is not a price.
    #[error("`{text}` is not a price")]
    NotAPrice {
        /// The entry.
        text: String,
    },
    /// A word of the answer is not a return.
    #[error("`{text}` is not a return of this format, such as +0.36")]
    NotAReturn {
        /// The word.
        text: String,
    },
    /// A path left every plausible price.
    #[error("the path leaves the last close by more than a factor of ten thousand on day {day}")]
    OutOfReach {
        /// The day, counted from 1.
        day: usize,
    },
    /// A text has a word that the vocabulary lacks.
    #[error("`{word}` is not a word of this prompt format's vocabulary")]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// The format has no vocabulary of its own.
    #[error(
        "{format} has no vocabulary of its own: train a checkpoint with its tokenizer, or choose another format, such as returns-v4"
    )]
    NoVocabulary {
        /// The format.
        format: PromptFormat,
    },
    /// The prompt's template could not be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}
