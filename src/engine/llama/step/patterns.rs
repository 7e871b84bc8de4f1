//! The patterns that requests follow, kept while a model is open: a pattern's text comes in, what is known of it goes out. Requests
//! of a batch share patterns, and all patterns share one trie of the vocabulary.

use std::cell::RefCell;
use std::rc::Rc;

use llama_cpp_2::model::LlamaModel;

use crate::engine::llama::sample::{Pattern, VocabTrie};
use crate::engine::llama::tuning::MOST_PATTERNS;
use crate::engine::request::{Generate, Grammar};

/// Patterns by their text, in the order they came; the first goes when there are too many.
#[derive(Default)]
pub(super) struct Patterns {
    /// The bytes of the vocabulary's tokens, once a pattern needs them.
    trie: Option<Rc<VocabTrie>>,
    known: Vec<(String, Rc<RefCell<Pattern>>)>,
}

impl Patterns {
    /// The request's grammar where it is a pattern.
    pub(super) fn of(&mut self, request: &Generate, vocabulary: &LlamaModel) -> Option<Rc<RefCell<Pattern>>> {
        let Some(Grammar::Pattern(text)) = &request.grammar else {
            return None;
        };
        if let Some((_, known)) = self.known.iter().find(|(known, _)| known == text) {
            return Some(Rc::clone(known));
        }
        let trie = self.trie.get_or_insert_with(|| Rc::new(VocabTrie::of(vocabulary)));
        let pattern = Rc::new(RefCell::new(Pattern::new(text, Rc::clone(trie))));
        if self.known.len() == MOST_PATTERNS {
            self.known.remove(0);
        }
        self.known.push((text.clone(), Rc::clone(&pattern)));
        Some(pattern)
    }
}
