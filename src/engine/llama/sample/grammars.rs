//! Compiles a request's grammar for one model into a [`Rule`] that its sequences must follow. Compiled grammars are kept, because
//! the jobs of a batch share them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::number_length::NumberLength;
use super::pattern::Pattern;
use super::schema::{Schema, SchemaCompiler};
use super::vocab_trie::VocabTrie;
use super::{automaton, calls, refusal};
use crate::engine::calls::CallFormat;
use crate::engine::error::EngineError;
use crate::engine::llama::tuning::MOST_GRAMMARS;
use crate::engine::request::{CallGrammar, Grammar, TextForm};

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
    /// Compiles a grammar, or returns the rule compiled earlier. `format` is the model's format of calls.
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
        format: CallFormat,
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
            Grammar::Calls(calls) => Rule::Schema(Rc::new(compile_calls(schemas.compiler(model)?, calls, format)?)),
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
        Grammar::Calls(calls) => check_calls(calls),
    }
}

fn compile_calls(compiler: &SchemaCompiler, calls: &CallGrammar, format: CallFormat) -> Result<Schema, EngineError> {
    let number = match calls.text {
        TextForm::Schema(_) => NumberLength::default(),
        TextForm::Nothing | TextForm::Free => NumberLength::in_calls(),
    };
    compiler.compile_rules(calls::grammar(calls, format)?, number)
}

/// Checks each schema alone, so that the error names the tool, and then all of them together.
fn check_calls(calls: &CallGrammar) -> Result<(), EngineError> {
    for tool in &calls.tools {
        refusal::check(&tool.parameters).map_err(|error| match error {
            EngineError::Grammar(reason) => EngineError::Grammar(format!("the parameters of {}: {reason}", tool.name)),
            other => other,
        })?;
    }
    if let TextForm::Schema(schema) = &calls.text {
        refusal::check(schema)?;
    }
    let compiler = SchemaCompiler::of_bytes()?;
    compile_calls(&compiler, calls, CallFormat::Tagged)?;
    Ok(())
}

/// Whether a text follows a grammar of JSON or of calls: `Some(true)` if it is complete, `Some(false)` if it is the beginning of one
/// that follows it, `None` if it leaves it.
///
/// # Errors
///
/// [`EngineError::Grammar`] for a grammar that is not supported, and for a pattern.
pub(crate) fn follows(grammar: &Grammar, text: &str) -> Result<Option<bool>, EngineError> {
    let compiler = SchemaCompiler::of_bytes()?;
    let schema = match grammar {
        Grammar::Pattern(_) => return Err(EngineError::Grammar("a pattern is followed by an automaton".to_owned())),
        Grammar::JsonSchema(text) => compiler.compile(&refusal::parse(text)?)?,
        Grammar::Calls(calls) => compile_calls(&compiler, calls, CallFormat::Tagged)?,
    };
    let mut state = schema.start();
    for byte in text.bytes() {
        let token = LlamaToken(i32::from(byte));
        if !state.admits(token)? {
            return Ok(None);
        }
        state.accept(token)?;
    }
    Ok(Some(state.is_complete()?))
}
