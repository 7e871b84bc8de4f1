//! Tokenises texts into padded batches. Texts are sorted by length, so that short headlines are not padded to a long one.

use std::path::Path;

use tokenizers::{Encoding, Tokenizer, TruncationParams};

use crate::engine::error::EngineError;

/// A tokenizer without padding that truncates to the model's longest input.
#[derive(Debug)]
pub(super) struct TextTokenizer {
    tokenizer: Tokenizer,
    pad: u32,
    /// The model's longest input in tokens.
    longest: usize,
}

/// Texts of similar length, padded to the longest of them. Row-major `[rows, columns]`.
pub(super) struct Bucket {
    /// For each row, the index of its text in the input.
    pub(super) indices: Vec<usize>,
    /// Tokens in a row.
    pub(super) columns: usize,
    /// Token ids.
    pub(super) ids: Vec<i64>,
    /// 1 for a token, 0 for padding.
    pub(super) mask: Vec<i64>,
}

impl TextTokenizer {
    /// Reads a `tokenizer.json`.
    pub(super) fn load(path: &Path, max_tokens: usize) -> Result<Self, EngineError> {
        let fail = |reason: String| EngineError::Load {
            path: path.to_owned(),
            reason,
        };
        let mut tokenizer = Tokenizer::from_file(path)
            .map_err(|error| fail(format!("{error}; it is not a tokenizer.json that can be read")))?;
        let truncation = TruncationParams {
            max_length: max_tokens,
            ..TruncationParams::default()
        };
        // Many published files pad to a fixed length; here each batch is padded to its own longest row.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| fail(error.to_string()))?;
        let pad = ["[PAD]", "<pad>"].iter().find_map(|token| tokenizer.token_to_id(token));
        let pad = pad.ok_or_else(|| fail("it has no [PAD] token, so it is not a BERT-like tokenizer".into()))?;
        Ok(TextTokenizer {
            tokenizer,
            pad,
            longest: max_tokens,
        })
    }

    /// The size of the vocabulary.
    pub(super) fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Tokenises texts, each up to the model's longest input.
    pub(super) fn encode(&self, texts: &[&str]) -> Result<Vec<Encoding>, EngineError> {
        let encodings = self.tokenizer.encode_batch(texts.to_vec(), true);
        encodings.map_err(|error| EngineError::Native {
            operation: "tokenising texts",
            reason: error.to_string(),
        })
    }

    /// Checks that no text was cut at the model's longest input.
    pub(super) fn check_whole(&self, encodings: &[Encoding]) -> Result<(), EngineError> {
        let cut = encodings.iter().enumerate().find_map(|(index, encoding)| {
            let rest = encoding.get_overflowing();
            (!rest.is_empty()).then(|| (index, encoding.len() + rest.iter().map(Encoding::len).sum::<usize>()))
        });
        match cut {
            Some((index, tokens)) => Err(EngineError::PromptTooLong {
                tokens,
                reserved: 0,
                limit: self.longest,
                hint: format!("split text {index}, counted from 0"),
            }),
            None => Ok(()),
        }
    }

    /// Packs texts into buckets of at most `batch` rows and `most` tokens, padding included. A longer text gets its own bucket.
    pub(super) fn buckets(&self, encodings: &[Encoding], batch: usize, most: usize) -> Vec<Bucket> {
        let mut order: Vec<usize> = (0..encodings.len()).collect();
        order.sort_by_key(|&index| encodings[index].len());
        let mut buckets = Vec::new();
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            // Rows are sorted by length, so the last row's length is that of the bucket.
            let fits = |&rows: &usize| rows * encodings[rest[rows - 1]].len() <= most;
            let rows = (1..=rest.len().min(batch.max(1))).rev().find(fits).unwrap_or(1);
            let (indices, others) = rest.split_at(rows);
            buckets.push(self.bucket(indices, encodings));
            rest = others;
        }
        buckets
    }

    fn bucket(&self, indices: &[usize], encodings: &[Encoding]) -> Bucket {
        let lengths = indices.iter().map(|&index| encodings[index].len());
        let columns = lengths.max().unwrap_or(0).max(1);
        let mut bucket = Bucket {
            indices: indices.to_vec(),
            columns,
            ids: Vec::new(),
            mask: Vec::new(),
        };
        for &index in indices {
            let ids = encodings[index].get_ids();
            let padding = columns - ids.len();
            bucket.ids.extend(ids.iter().map(|&id| i64::from(id)));
            bucket.ids.extend(std::iter::repeat_n(i64::from(self.pad), padding));
            bucket.mask.extend(std::iter::repeat_n(1, ids.len()));
            bucket.mask.extend(std::iter::repeat_n(0, padding));
        }
        bucket
    }
}
