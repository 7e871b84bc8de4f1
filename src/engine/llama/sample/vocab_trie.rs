//! The tokens of a vocabulary sorted by their bytes, for walking tokens with a common beginning together.

use std::cell::LazyCell;
use std::sync::Arc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

/// The bytes of every token, and the text tokens sorted by their bytes.
#[derive(Debug)]
pub(crate) struct VocabTrie {
    pieces: Arc<Pieces>,
    /// Sorting a large vocabulary takes as long as a decoding step, so a thread does it during prefill.
    entries: LazyCell<Vec<Entry>, Box<dyn FnOnce() -> Vec<Entry>>>,
}

/// A text token in sorted order: neighbours share their first bytes, so a walk tries each shared beginning only once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) token: LlamaToken,
    /// How many first bytes it shares with the previous entry.
    pub(crate) shared: usize,
}

/// The bytes of every token.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    /// The range of each token in `bytes`, by token number; empty for tokens without text.
    spans: Vec<(u32, u32)>,
    /// The end-of-text tokens.
    ends: Vec<LlamaToken>,
}

impl VocabTrie {
    /// The tokens of a model.
    pub(crate) fn of(model: &LlamaModel) -> Self {
        VocabTrie::new(Pieces::of(model))
    }

    fn new(pieces: Pieces) -> Self {
        let pieces = Arc::new(pieces);
        let (beside, here) = (Arc::clone(&pieces), Arc::clone(&pieces));
        let thread = std::thread::Builder::new().name("trie".into());
        let sorting = thread.spawn(move || beside.sorted());
        VocabTrie {
            pieces,
            entries: LazyCell::new(Box::new(move || {
                let sorted = sorting.ok().and_then(|thread| thread.join().ok());
                sorted.unwrap_or_else(|| here.sorted())
            })),
        }
    }

    /// The text tokens that begin with a byte, sorted.
    pub(crate) fn beginning_with(&self, first: u8) -> &[Entry] {
        let begins = |entry: &Entry| self.piece(entry.token).first().copied();
        let from = self.entries.partition_point(|entry| begins(entry) < Some(first));
        let rest = &self.entries[from..];
        &rest[..rest.partition_point(|entry| begins(entry) == Some(first))]
    }

    /// The bytes of a token; empty for an end-of-text token.
    pub(crate) fn piece(&self, token: LlamaToken) -> &[u8] {
        self.pieces.piece(token)
    }

    /// The end-of-text tokens.
    pub(crate) fn ends(&self) -> &[LlamaToken] {
        self.pieces.ends()
    }
}

impl Pieces {
    /// The tokens of a model.
    pub(super) fn of(model: &LlamaModel) -> Self {
        let vocabulary = model.vocab();
        let mut pieces = Pieces::default();
        for token in vocabulary.tokens() {
            let from = pieces.bytes.len();
            if vocabulary.is_eog(token) {
                pieces.ends.push(token);
            } else {
                vocabulary.token_to_piece_into(token, &mut pieces.bytes, false, None);
            }
            pieces.end(from);
        }
        pieces
    }

    /// A vocabulary of the 256 bytes and one end-of-text token.
    pub(super) fn of_bytes() -> Self {
        let mut pieces = Pieces::default();
        for byte in 0..=u8::MAX {
            pieces.bytes.push(byte);
            pieces.end(usize::from(byte));
        }
        pieces.end(pieces.bytes.len());
        pieces.ends.push(LlamaToken(256));
        pieces
    }

    /// The bytes of a token; empty for an end-of-text token.
    pub(super) fn piece(&self, token: LlamaToken) -> &[u8] {
        let index = usize::try_from(token.0).ok();
        let span = index.and_then(|index| self.spans.get(index));
        span.map_or(&[], |&span| self.at(span))
    }

    /// The bytes of each token, in the order of token numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.spans.iter().map(|&span| self.at(span))
    }

    /// The end-of-text tokens.
    pub(super) fn ends(&self) -> &[LlamaToken] {
        &self.ends
    }

    /// Adds a token whose bytes begin at `from`.
    fn end(&mut self, from: usize) {
        self.spans.push((narrow(from), narrow(self.bytes.len())));
    }

    fn at(&self, (from, to): (u32, u32)) -> &[u8] {
        &self.bytes[from as usize..to as usize]
    }

    fn sorted(&self) -> Vec<Entry> {
        let all = (0..).zip(self.iter());
        let mut order: Vec<(i32, &[u8])> = all.filter(|(_, piece)| !piece.is_empty()).collect();
        order.sort_unstable_by(|a, b| a.1.cmp(b.1));
        let mut before: &[u8] = &[];
        let entries = order.iter().map(|&(token, piece)| {
            let shared = before.iter().zip(piece).take_while(|(a, b)| a == b).count();
            before = piece;
            Entry {
                token: LlamaToken(token),
                shared,
            }
        });
        entries.collect()
    }
}

/// An offset into a vocabulary's bytes, which are a few megabytes at most.
fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use std::rc::Rc;

    use super::*;

    /// A trie of these tokens and one end-of-text token.
    pub(crate) fn trie(texts: &[&str]) -> Rc<VocabTrie> {
        Rc::new(VocabTrie::new(pieces(texts)))
    }

    /// These tokens and one end-of-text token.
    pub(crate) fn pieces(texts: &[&str]) -> Pieces {
        let mut pieces = Pieces::default();
        for text in texts.iter().chain([&""]) {
            let from = pieces.bytes.len();
            pieces.bytes.extend_from_slice(text.as_bytes());
            pieces.end(from);
        }
        pieces.ends = vec![LlamaToken(i32::try_from(texts.len()).unwrap_or(i32::MAX))];
        pieces
    }

    #[test]
    fn entries_are_in_the_order_of_their_bytes_and_say_what_they_share() {
        let trie = trie(&["12", "b", "1", "", "120", "ba"]);
        let found = |first: u8| -> Vec<(String, usize)> {
            let entries = trie.beginning_with(first).iter();
            let text = |token| String::from_utf8_lossy(trie.piece(token)).into_owned();
            entries.map(|entry| (text(entry.token), entry.shared)).collect()
        };
        assert_eq!(found(b'1'), [("1".into(), 0), ("12".into(), 1), ("120".into(), 2)]);
        assert_eq!(found(b'b'), [("b".into(), 0), ("ba".into(), 1)]);
        assert!(
            [0, b'0', b'a', b'c', 255]
                .into_iter()
                .all(|other| found(other).is_empty())
        );
        assert_eq!(trie.ends(), [LlamaToken(6)]);
        assert!(trie.piece(LlamaToken(6)).is_empty() && trie.piece(LlamaToken(99)).is_empty());
    }
}
