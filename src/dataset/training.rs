//! Examples for training a model with the vocabulary of a prompt format: from files of the factory, or drawn anew for each number.
//! Texts go in; tokens with their weights come out.

use std::path::{Path, PathBuf};

use super::error::{DatasetError, in_full};
use super::plan::Plan;
use super::scan::scan;
use crate::formats::{FormatError, PromptFormat};
use crate::train::{Example, Examples, TrainError};

/// Examples that are drawn when asked for.
pub struct FreshExamples<'a> {
    plan: &'a Plan<'a>,
    count: u64,
}

impl<'a> FreshExamples<'a> {
    /// The first `count` examples of a plan.
    pub fn new(plan: &'a Plan<'a>, count: u64) -> Self {
        Self { plan, count }
    }
}

impl Examples for FreshExamples<'_> {
    fn len(&self) -> u64 {
        self.count
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let refused = |reason: String| TrainError::Example { index, reason };
        let fresh = self.plan.fresh(index).map_err(|error| refused(in_full(&error)))?;
        tokenised(self.plan.recipe().format, &fresh.prompt, &fresh.completion, index)
            .map_err(|error| refused(error.to_string()))
    }
}

/// The examples of some files, in memory as tokens.
#[derive(Debug, Default)]
pub struct FileExamples {
    tokens: Vec<u32>,
    weights: Vec<f32>,
    /// Where each example ends in both.
    ends: Vec<usize>,
}

impl FileExamples {
    /// Reads the files, one after the other, with so many threads. Every line must be in this format.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Damaged`] with the file and the line that is no example of the format.
    pub fn read(paths: &[PathBuf], format: PromptFormat, threads: usize) -> Result<Self, DatasetError> {
        let mut all = Self::default();
        for path in paths {
            all.add(path, format, threads)?;
        }
        Ok(all)
    }

    fn add(&mut self, path: &Path, format: PromptFormat, threads: usize) -> Result<(), DatasetError> {
        let before = self.ends.len() as u64;
        let work = |chunk: super::read::Chunk| -> Result<Vec<Example>, (u64, String)> {
            let mut examples = Vec::new();
            for (line, record) in chunk.records() {
                let record = record.map_err(|reason| (line, reason))?;
                let made = tokenised(format, &record.prompt, &record.completion, before + line);
                examples.push(made.map_err(|error| (line, error.to_string()))?);
            }
            Ok(examples)
        };
        let gather = |examples: Result<Vec<Example>, (u64, String)>| {
            let examples =
                examples.map_err(|(line, reason)| DatasetError::damaged(path, format!("line {line}: {reason}")))?;
            for example in examples {
                self.tokens.extend(example.tokens);
                self.weights.extend(example.weights);
                self.ends.push(self.tokens.len());
            }
            Ok::<(), DatasetError>(())
        };
        scan(path, threads, work, gather)?.map_err(|broken| broken.into_error(path))
    }
}

impl Examples for FileExamples {
    fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let place = usize::try_from(index).ok().filter(|place| *place < self.ends.len());
        let Some(place) = place else {
            return Err(TrainError::Example {
                index,
                reason: format!("the files have {} examples", self.ends.len()),
            });
        };
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = start..self.ends[place];
        Ok(Example {
            tokens: self.tokens[range.clone()].to_vec(),
            weights: self.weights[range].to_vec(),
        })
    }
}

fn tokenised(format: PromptFormat, prompt: &str, completion: &str, number: u64) -> Result<Example, FormatError> {
    let made = format.training_tokens(prompt, completion, number)?;
    Ok(Example {
        tokens: made.tokens,
        weights: made.weights,
    })
}
