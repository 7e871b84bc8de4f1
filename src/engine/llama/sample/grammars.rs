//! Compiles a request's grammar for one model into a [`Rule`] that its sequences must follow. Compiled grammars are kept, because
//! the jobs of a batch share them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use llama_cpp_2::model::LlamaModel;

use super::pattern::Pattern;
use super::schema::{Schema, SchemaCompiler};
use super::vocab_trie::VocabTrie;
use super::{automaton, refusal};
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::MOST_GRAMMARS;
use crate::engine::request::Grammar;

/// A compiled grammar that continuations must follow.
#[derive(Clone)]
pub(crate) enum Rule {
    Pattern(Rc<RefCell<Pattern>>),
    Schema(Rc<Schema>),
}

/// The most recently compiled grammars of one model.
#[derive(Default)]
pub(crate) struct Grammars {
    /// The vocabulary by bytes, built for the first pattern.
    trie: Option<Rc<VocabTrie>>,
    known: Vec<(Grammar, Rule)>,
}

/// The compiler of JSON schemas for a model, created for the first schema and kept as long as the model stays loaded.
#[derive(Default)]
pub(crate) struct Schemas(OnceLock<Box<SchemaCompiler>>);

impl Grammars {
    /// Compiles a grammar, or returns the rule compiled earlier.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] for a schema that is not supported. A pattern is compiled on another thread, and an invalid one
    /// is reported when it is first used.
    pub(crate) fn rule(
        &mut self,
        grammar: &Grammar,
        model: &LlamaModel,
        schemas: &Schemas,
    ) -> Result<Rule, EngineError> {
        if let Some((_, rule)) = self.known.iter().find(|(known, _)| known == grammar) {
            return Ok(rule.clone());
        }
        let rule = match grammar {
            Grammar::Pattern(text) => {
                let trie = self.trie.get_or_insert_with(|| Rc::new(VocabTrie::of(model)));
                Rule::Pattern(Rc::new(RefCell::new(Pattern::new(text, Rc::clone(trie)))))
            }
            Grammar::JsonSchema(text) => {
                let schema = refusal::parse(text)?;
                Rule::Schema(Rc::new(schemas.compiler(model)?.compile(&schema)?))
            }
        };
        if self.known.len() == MOST_GRAMMARS {
            self.known.remove(0);
        }
        self.known.push((grammar.clone(), rule.clone()));
        Ok(rule)
    }
}

impl Schemas {
    fn compiler(&self, model: &LlamaModel) -> Result<&SchemaCompiler, EngineError> {
        if let Some(compiler) = self.0.get() {
            return Ok(compiler);
        }
        let compiler = Box::new(SchemaCompiler::of(model)?);
        Ok(self.0.get_or_init(|| compiler))
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Schemas").field(&self.0.get().is_some()).finish()
    }
}

/// Checks that a grammar is valid and supported, whatever the model.
///
/// # Errors
///
/// [`EngineError::Grammar`] with the reason and, for a schema, the path of the part at fault.
pub(crate) fn check_grammar(grammar: &Grammar) -> Result<(), EngineError> {
    match grammar {
        Grammar::Pattern(text) => automaton::check(text),
        Grammar::JsonSchema(text) => refusal::check(text),
    }
}
