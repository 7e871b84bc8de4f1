//! Examples for training a model: from files of the factory, or drawn anew for each number. Texts go in; tokens with their weights
//! come out, by the vocabulary of a prompt format or by the tokenizer of a checkpoint.

use std::path::{Path, PathBuf};

use super::error::DatasetError;
use super::plan::Plan;
use super::scan::scan;
use crate::formats::PromptFormat;
use crate::net::in_full;
use crate::train::{Example, Examples, Tokenise, TrainError};

/// Examples that are drawn when asked for.
pub struct FreshExamples<'a> {
    plan: &'a Plan<'a>,
    count: u64,
    tokens: &'a dyn Tokenise,
}

impl<'a> FreshExamples<'a> {
    /// The first `count` examples of a plan.
    pub fn new(plan: &'a Plan<'a>, count: u64, tokens: &'a dyn Tokenise) -> Self {
        Self { plan, count, tokens }
    }
}

impl Examples for FreshExamples<'_> {
    fn len(&self) -> u64 {
        self.count
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let refused = |reason: String| TrainError::Example { index, reason };
        let fresh = self.plan.fresh(index).map_err(|error| refused(in_full(&error)))?;
        self.tokens
            .example(&fresh.prompt, &fresh.completion, index)
            .map_err(refused)
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
    /// Reads the files, one after the other, with so many threads.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Damaged`] with the file and the line that `tokens` refuses.
    pub fn read(paths: &[PathBuf], tokens: &dyn Tokenise, threads: usize) -> Result<Self, DatasetError> {
        let mut all = Self::default();
        for path in paths {
            all.add(path, tokens, threads)?;
        }
        Ok(all)
    }

    fn add(&mut self, path: &Path, tokens: &dyn Tokenise, threads: usize) -> Result<(), DatasetError> {
        let before = self.ends.len() as u64;
        let work = |chunk: super::chunk::Chunk| -> Result<Vec<Example>, (u64, String)> {
            let mut examples = Vec::new();
            for (line, record) in chunk.records() {
                let record = record.map_err(|reason| (line, reason))?;
                let made = tokens.example(&record.prompt, &record.completion, before + line);
                examples.push(made.map_err(|reason| (line, reason))?);
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

/// By the vocabulary of the format.
impl Tokenise for PromptFormat {
    fn example(&self, prompt: &str, completion: &str, number: u64) -> Result<Example, String> {
        let made = self
            .training_tokens(prompt, completion, number)
            .map_err(|error| error.to_string())?;
        Ok(Example {
            tokens: made.tokens,
            weights: made.weights,
        })
    }
}
