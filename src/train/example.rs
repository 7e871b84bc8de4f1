//! The examples of a training run: token sequences with a weight for each position, by number. Any of them can be asked for at
//! any time and is always the same, so a resumed run sees what an uninterrupted one would have seen.

use std::ops::Range;

use super::error::TrainError;

/// One sequence to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The tokens, from the beginning-of-sequence token on.
    pub tokens: Vec<u32>,
    /// For each token, the weight of the loss of predicting it from those before it. The first is 0: nothing precedes it.
    pub weights: Vec<f32>,
}

/// A list of examples, read or made when asked for.
pub trait Examples: Sync {
    /// The number of examples.
    fn len(&self) -> u64;

    /// True if there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The example with this number, from 0. The same number always gives the same example.
    ///
    /// # Errors
    ///
    /// If the example cannot be read, or there is none with this number.
    fn get(&self, index: u64) -> Result<Example, TrainError>;
}

/// A stretch of a list of examples, as a list of its own.
pub struct Stretch<'a> {
    examples: &'a dyn Examples,
    range: Range<u64>,
}

impl<'a> Stretch<'a> {
    /// The examples with the numbers of this range, which lies within the list.
    pub fn new(examples: &'a dyn Examples, range: Range<u64>) -> Self {
        Stretch { examples, range }
    }
}

impl Examples for Stretch<'_> {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        self.examples.get(self.range.start + index)
    }
}

/// Makes examples of texts.
pub trait Tokenise: Sync {
    /// The example of a prompt and the completion that follows it. `number` is the example's place in the data.
    ///
    /// # Errors
    ///
    /// Why the texts are no example.
    fn example(&self, prompt: &str, completion: &str, number: u64) -> Result<Example, String>;
}

impl Example {
    /// Checks the form: as many weights as tokens, at least two tokens, finite weights that are not negative, the first of them 0,
    /// and every token inside a vocabulary of this size.
    ///
    /// # Errors
    ///
    /// Names the example by its number `index`, and says what is wrong.
    pub fn check(&self, index: u64, vocabulary: usize) -> Result<(), TrainError> {
        let refuse = |reason: String| Err(TrainError::Example { index, reason });
        if self.tokens.len() != self.weights.len() {
            return refuse(format!(
                "{} tokens but {} weights",
                self.tokens.len(),
                self.weights.len()
            ));
        }
        if self.tokens.len() < 2 {
            return refuse(format!(
                "it has {} tokens; learning needs at least two",
                self.tokens.len()
            ));
        }
        if let Some(weight) = self.weights.iter().find(|weight| !weight.is_finite() || **weight < 0.0) {
            return refuse(format!("a weight of {weight}; weights are finite and not negative"));
        }
        if self.weights[0] != 0.0 {
            return refuse("the first token has a weight, but no token precedes it".into());
        }
        if let Some(token) = self.tokens.iter().find(|token| **token as usize >= vocabulary) {
            return refuse(format!("token {token} is outside the vocabulary of {vocabulary}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_of_the_wrong_form_is_refused_with_its_number() {
        let good = Example {
            tokens: vec![1, 2, 3],
            weights: vec![0.0, 0.5, 1.0],
        };
        assert!(good.check(0, 4).is_ok());
        let refused = |change: fn(&mut Example)| {
            let mut example = good.clone();
            change(&mut example);
            example
                .check(7, 4)
                .map_or_else(|error| error.to_string(), |()| "accepted".into())
        };
        assert_eq!(
            refused(|example| example.tokens[1] = 4),
            "training example 7: token 4 is outside the vocabulary of 4"
        );
        assert_eq!(
            refused(|example| example.tokens.truncate(2)),
            "training example 7: 2 tokens but 3 weights"
        );
        assert!(refused(|example| example.weights[0] = 1.0).contains("no token precedes it"));
        assert!(refused(|example| example.weights[2] = f32::NAN).contains("a weight of NaN"));
        assert!(refused(|example| example.weights[2] = -1.0).contains("not negative"));
        assert!(
            refused(|example| {
                example.tokens.truncate(1);
                example.weights.truncate(1);
            })
            .contains("at least two")
        );
    }
}
