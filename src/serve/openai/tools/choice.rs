//! Which tools an answer calls: the checked tools and the client's choice come in, the definitions for the prompt and the grammar of the
//! answer go out.

use super::definition::{Offered, check_kind, definitions};
use super::wire::{ToolChoice, ToolDefinition};
use crate::engine::{CallGrammar, Callable, Grammar, TextForm, Tool};
use crate::serve::http::ApiError;

/// The most calls of one answer.
const MOST_CALLS: usize = 8;

/// What an answer does with the tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It calls none.
    None,
    /// It calls some or is a text.
    Auto,
    /// It calls at least one.
    Required,
    /// It calls this one, once.
    Only(String),
}

/// The tools of a checked request.
#[derive(Debug, Clone, PartialEq)]
pub struct Tools {
    /// The client's, then those of `own`.
    offered: Vec<Offered>,
    /// The names of the tools that run in the server.
    own: Vec<String>,
    choice: Choice,
    most: usize,
}

impl Tools {
    /// Checks the tools of a request and the choice among them. `parallel` allows several calls in one answer. Where a client brings
    /// tools or makes a choice, `own` offers more of them; a client's tool stands for one of the same name.
    ///
    /// # Errors
    ///
    /// [`ApiError::Invalid`] naming the field at fault.
    pub fn of(
        tools: &[ToolDefinition],
        choice: Option<&ToolChoice>,
        parallel: bool,
        own: impl FnOnce() -> Result<Vec<Offered>, ApiError>,
    ) -> Result<Self, ApiError> {
        let mut offered = definitions(tools)?;
        let is_none = |choice: &ToolChoice| *choice == ToolChoice::Mode("none".to_owned());
        let mut names = Vec::new();
        if !offered.is_empty() || choice.is_some_and(|choice| !is_none(choice)) {
            let is_new = |one: &Offered| offered.iter().all(|known| known.tool.name != one.tool.name);
            let new: Vec<Offered> = own()?.into_iter().filter(is_new).collect();
            names.extend(new.iter().map(|one| one.tool.name.clone()));
            offered.extend(new);
        }
        let choice = chosen(choice, &offered)?;
        Ok(Tools {
            offered,
            own: names,
            choice,
            most: if parallel { MOST_CALLS } else { 1 },
        })
    }

    /// Whether a tool runs in the server.
    pub fn run_here(&self, name: &str) -> bool {
        self.own.iter().any(|own| own == name)
    }

    /// Leaves it to the model whether it calls a tool, once it called what it had to.
    pub fn leave_free(&mut self) {
        if self.choice != Choice::None {
            self.choice = Choice::Auto;
        }
    }

    /// Lets no tool be called any more.
    pub fn put_away(&mut self) {
        self.choice = Choice::None;
    }

    /// Whether the answer may call a tool.
    pub fn may_be_called(&self) -> bool {
        !self.offered.is_empty() && self.choice != Choice::None
    }

    /// Whether the answer may be a text.
    pub fn may_be_left_out(&self) -> bool {
        !self.may_be_called() || self.choice == Choice::Auto
    }

    /// What the prompt says of them.
    pub fn told(&self) -> Vec<Tool> {
        let told = self.offered.iter().filter(|_| self.may_be_called());
        told.map(|offered| offered.tool.clone()).collect()
    }

    /// The grammar of the answer, where tools may be called. `text` is the grammar of an answer in words.
    pub fn grammar(&self, text: Option<&Grammar>) -> Option<Grammar> {
        if !self.may_be_called() {
            return None;
        }
        let callable = |offered: &Offered| Callable {
            name: offered.tool.name.clone(),
            parameters: offered.arguments.clone(),
        };
        let of_choice = |offered: &&Offered| match &self.choice {
            Choice::Only(name) => offered.tool.name == *name,
            Choice::None | Choice::Auto | Choice::Required => true,
        };
        let (most, text) = match (&self.choice, text) {
            (Choice::Only(_), _) => (1, TextForm::Nothing),
            (Choice::Required, _) => (self.most, TextForm::Nothing),
            (_, Some(Grammar::JsonSchema(schema))) => (self.most, TextForm::Schema(schema.clone())),
            (_, _) => (self.most, TextForm::Free),
        };
        Some(Grammar::Calls(CallGrammar {
            tools: self.offered.iter().filter(of_choice).map(callable).collect(),
            most,
            text,
        }))
    }
}

fn chosen(choice: Option<&ToolChoice>, offered: &[Offered]) -> Result<Choice, ApiError> {
    let named = match choice {
        None => return Ok(if offered.is_empty() { Choice::None } else { Choice::Auto }),
        Some(ToolChoice::Mode(mode)) => {
            let choice = match mode.as_str() {
                "none" => return Ok(Choice::None),
                "auto" => Choice::Auto,
                "required" => Choice::Required,
                _ => {
                    return Err(ApiError::invalid(
                        "tool_choice",
                        "a choice must be none, auto, required, or a function of the request",
                    ));
                }
            };
            if offered.is_empty() {
                return Err(ApiError::invalid(
                    "tool_choice",
                    format!("there are no tools for {mode}; add tools"),
                ));
            }
            return Ok(choice);
        }
        Some(ToolChoice::Named(named)) => named,
    };
    check_kind(named.kind.as_deref(), "tool_choice")?;
    let name = named.function.as_ref().and_then(|function| function.name.as_deref());
    match name.filter(|name| offered.iter().any(|one| one.tool.name == *name)) {
        Some(name) => Ok(Choice::Only(name.to_owned())),
        None => Err(ApiError::invalid(
            "tool_choice.function.name",
            "the name must be that of one of the request's tools",
        )),
    }
}
