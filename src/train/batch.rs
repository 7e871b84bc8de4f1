//! Batches of examples: which examples a step sees, and how sequences of different lengths become rectangles. The batch of a
//! step follows from its number alone, so a resumed run sees the same.

use super::error::TrainError;
use super::example::{Example, Examples};
use crate::market::simulate::{Permutation, mix};

/// Batches whose examples are sorted by length together, so that little is padded.
const WINDOW: u64 = 16;

/// The batches of a run.
pub(super) struct Batches<'a> {
    examples: &'a dyn Examples,
    batch: u64,
    seed: u64,
    vocabulary: usize,
    context: usize,
    /// The window that was read last, sorted by length.
    window: Option<(u64, Vec<Example>)>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(examples: &'a dyn Examples, batch: usize, seed: u64, sizes: Sizes) -> Result<Self, TrainError> {
        if examples.is_empty() {
            return Err(TrainError::Options("there are no training examples".into()));
        }
        Ok(Batches {
            examples,
            batch: batch as u64,
            seed,
            vocabulary: sizes.vocabulary,
            context: sizes.context,
            window: None,
        })
    }

    /// The examples of a step, counted from 0, by length.
    pub(super) fn of_step(&mut self, step: u64) -> Result<Vec<Example>, TrainError> {
        let number = step / WINDOW;
        let window = match self.window.take() {
            Some((read, window)) if read == number => window,
            _ => self.read(number)?,
        };
        let place = Permutation::new(WINDOW, mix(self.seed, number)).at(step % WINDOW);
        let start = (place * self.batch) as usize;
        let batch = window[start..start + self.batch as usize].to_vec();
        self.window = Some((number, window));
        Ok(batch)
    }

    fn read(&self, number: u64) -> Result<Vec<Example>, TrainError> {
        let size = WINDOW * self.batch;
        let mut window = (number * size..(number + 1) * size)
            .map(|position| self.example(position))
            .collect::<Result<Vec<_>, _>>()?;
        window.sort_by_key(|example| example.tokens.len());
        Ok(window)
    }

    /// The example at a position of the endless sequence of shuffled epochs.
    fn example(&self, position: u64) -> Result<Example, TrainError> {
        let count = self.examples.len();
        let (epoch, place) = (position / count, position % count);
        let index = Permutation::new(count, mix(self.seed, epoch)).at(place);
        checked(self.examples, index, self.sizes())
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocabulary,
            context: self.context,
        }
    }
}

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub vocabulary: usize,
    pub context: usize,
}

/// Reads an example and checks that the model can take it. Nothing is truncated: a cut prompt teaches what it does not say.
pub(super) fn checked(examples: &dyn Examples, index: u64, sizes: Sizes) -> Result<Example, TrainError> {
    let example = examples.get(index)?;
    example.check(index, sizes.vocabulary)?;
    if example.tokens.len() > sizes.context {
        return Err(TrainError::Example {
            index,
            reason: format!(
                "{} tokens, but the model's context is {}; raise --window or leave out long prompts",
                example.tokens.len(),
                sizes.context
            ),
        });
    }
    Ok(example)
}

/// Sequences of one pass, as rectangles of `rows` × `length`. Row by row, each position predicts its target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rectangle {
    pub rows: usize,
    pub length: usize,
    /// The tokens that go in, padded on the right: no position sees what follows it, so padding changes nothing.
    pub inputs: Vec<i32>,
    /// The positions whose prediction counts, or `None` if nearly all do and choosing them would cost more than it saves.
    pub positions: Option<Vec<i32>>,
    /// The token after each counted position.
    pub targets: Vec<u32>,
    /// The weight of each counted position.
    pub weights: Vec<f32>,
}

impl Rectangle {
    pub(super) fn of(examples: &[Example]) -> Self {
        let length = examples.iter().map(|example| example.tokens.len()).max().unwrap_or(1) - 1;
        let cells = examples.len() * length;
        let (mut inputs, mut targets, mut weights) = (vec![0; cells], vec![0; cells], vec![0.0; cells]);
        for (row, example) in examples.iter().enumerate() {
            let pairs = example.tokens.windows(2).zip(&example.weights[1..]);
            for (cell, (pair, &weight)) in (row * length..).zip(pairs) {
                inputs[cell] = pair[0] as i32;
                targets[cell] = pair[1];
                weights[cell] = weight;
            }
        }
        let counted: Vec<i32> = (0..)
            .zip(&weights)
            .filter_map(|(cell, &weight)| (weight > 0.0).then_some(cell))
            .collect();
        let mut rectangle = Rectangle {
            rows: examples.len(),
            length,
            inputs,
            positions: None,
            targets,
            weights,
        };
        if counted.len() * 10 < cells * 9 {
            rectangle.targets = counted.iter().map(|&cell| rectangle.targets[cell as usize]).collect();
            rectangle.weights = counted.iter().map(|&cell| rectangle.weights[cell as usize]).collect();
            rectangle.positions = Some(counted);
        }
        rectangle
    }

    /// Tokens that go in, without padding.
    pub(super) fn tokens(examples: &[Example]) -> u64 {
        examples.iter().map(|example| example.tokens.len() as u64 - 1).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    /// Examples of lengths from 2 to 40, whose second token is their number.
    struct Numbered(u64);

    impl Examples for Numbered {
        fn len(&self) -> u64 {
            self.0
        }

        fn get(&self, index: u64) -> Result<Example, TrainError> {
            let length = 2 + (index as usize * 7) % 39;
            let mut tokens = vec![index as u32; length];
            tokens[0] = 0;
            let mut weights = vec![1.0; length];
            weights[0] = 0.0;
            Ok(Example { tokens, weights })
        }
    }

    const SIZES: Sizes = Sizes {
        vocabulary: 1_000,
        context: 64,
    };

    #[test]
    fn an_epoch_sees_every_example_once_and_batches_are_of_like_lengths() {
        let examples = Numbered(4 * 16 * 3);
        let mut batches = Batches::new(&examples, 4, 3, SIZES).unwrap();
        let mut seen = BTreeSet::new();
        let mut padded = 0;
        let mut tokens = 0;
        for step in 0..16 * 3 {
            let batch = batches.of_step(step).unwrap();
            seen.extend(batch.iter().map(|example| example.tokens[1]));
            let rectangle = Rectangle::of(&batch);
            padded += rectangle.inputs.len() as u64;
            tokens += Rectangle::tokens(&batch);
        }
        assert_eq!(seen.len() as u64, examples.len());
        assert!(padded * 10 < tokens * 11, "{padded} cells for {tokens} tokens");
    }

    #[test]
    fn the_batch_of_a_step_follows_from_its_number() {
        let examples = Numbered(1_000);
        let mut from_start = Batches::new(&examples, 4, 3, SIZES).unwrap();
        let all: Vec<_> = (0..40).map(|step| from_start.of_step(step).unwrap()).collect();
        let mut later = Batches::new(&examples, 4, 3, SIZES).unwrap();
        assert_eq!(later.of_step(37).unwrap(), all[37]);
        let mut other = Batches::new(&examples, 4, 4, SIZES).unwrap();
        assert_ne!(other.of_step(37).unwrap(), all[37], "another seed, another order");
    }

    #[test]
    fn a_long_example_is_refused_not_cut() {
        let short = Sizes { context: 10, ..SIZES };
        let message = checked(&Numbered(100), 2, short).unwrap_err().to_string();
        assert!(
            message.contains("training example 2: 16 tokens") && message.contains("--window"),
            "{message}"
        );
    }

    #[test]
    fn only_positions_with_a_weight_are_kept_when_few_have_one() {
        let example = Example {
            tokens: vec![5, 6, 7, 8],
            weights: vec![0.0, 0.0, 0.0, 2.0],
        };
        let shorter = Example {
            tokens: vec![5, 9],
            weights: vec![0.0, 1.0],
        };
        let rectangle = Rectangle::of(&[example, shorter]);
        assert_eq!((rectangle.rows, rectangle.length), (2, 3));
        assert_eq!(rectangle.inputs, [5, 6, 7, 5, 0, 0]);
        assert_eq!(rectangle.positions, Some(vec![2, 3]));
        assert_eq!(rectangle.targets, [8, 9]);
        assert_eq!(rectangle.weights, [2.0, 1.0]);
    }
}
