//! Whether an answer has the form that was asked for, whoever held it to that. A completion comes in; it, what is left of it, or what
//! to say to the model goes out.

use crate::engine::answer::{Completion, Finish};
use crate::engine::error::EngineError;
use crate::engine::follow::{Follower, Following};
use crate::engine::request::{Grammar, Message, Prompt, Role};
use crate::prompt::{Template, render};

/// Compiled grammars that are kept; the jobs of a batch share a few.
const MOST_KEPT: usize = 8;

/// The longest quotation of an answer, characters.
const MOST_QUOTED: usize = 60;

/// The longest answer that is shown to the model again, characters.
const MOST_SHOWN: usize = 8_000;

/// Checks answers.
#[derive(Debug, Default)]
pub(super) struct Checker {
    kept: Vec<(Grammar, Follower)>,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The answer has the form, perhaps without what stood around it.
    Follows(Completion),
    /// It has not; this much of it has.
    Leaves(String),
}

impl Checker {
    /// Checks an answer to `prompt`.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] if the grammar is invalid or not supported.
    pub(super) fn check(
        &mut self,
        grammar: Option<&Grammar>,
        prompt: &Prompt,
        completion: Completion,
    ) -> Result<Verdict, EngineError> {
        let Some(grammar) = grammar else {
            return Ok(Verdict::Follows(completion));
        };
        let follower = self.compiled(grammar)?;
        let text = completion.text.as_str();
        let whole = |text: &str| {
            Verdict::Follows(Completion {
                text: text.to_owned(),
                finish: Finish::Stop,
                ..completion
            })
        };
        let first = follower.follow(text)?;
        match first {
            Following::Whole => return Ok(whole(text)),
            Following::Beginning if completion.finish == Finish::Length => return Ok(Verdict::Follows(completion)),
            Following::Beginning | Following::Leaves(_) => {}
        }
        for inner in [text.trim(), without_fence(text)] {
            if inner != text && follower.follow(inner)? == Following::Whole {
                return Ok(whole(inner));
            }
        }
        // A text that is continued has no end of its own; a list of prices ends where it is complete.
        if matches!(prompt, Prompt::Plain(_))
            && let Some(longest) = follower.longest(text)?
        {
            return Ok(whole(longest));
        }
        let end = match first {
            Following::Leaves(after) => after,
            Following::Whole | Following::Beginning => text.len(),
        };
        Ok(Verdict::Leaves(text.get(..end).unwrap_or_default().to_owned()))
    }

    fn compiled(&mut self, grammar: &Grammar) -> Result<&mut Follower, EngineError> {
        let found = self.kept.iter().position(|(known, _)| known == grammar);
        let index = match found {
            Some(index) => index,
            None => {
                if self.kept.len() == MOST_KEPT {
                    self.kept.remove(0);
                }
                self.kept.push((grammar.clone(), Follower::of(grammar)?));
                self.kept.len() - 1
            }
        };
        Ok(&mut self.kept[index].1)
    }
}

/// The prompt that asks a model again: the conversation with the answer and with what is wrong with it. A text that is continued is
/// asked for once more as it is.
///
/// # Errors
///
/// [`EngineError::Native`] if the prompt does not render.
pub(super) fn again(prompt: &Prompt, answer: &str, admitted: &str) -> Result<Prompt, EngineError> {
    #[derive(serde::Serialize)]
    struct Context {
        written: String,
    }
    let Prompt::Chat {
        messages,
        tools,
        answer_prefix,
    } = prompt
    else {
        return Ok(prompt.clone());
    };
    let count = admitted.chars().count();
    let written = admitted.chars().skip(count.saturating_sub(MOST_QUOTED)).collect();
    let said = render(Template::AskAgain, &Context { written }).map_err(|error| EngineError::Native {
        operation: "asking a model again",
        reason: error.to_string(),
    })?;
    let shown: String = answer.chars().take(MOST_SHOWN).collect();
    let mut messages = messages.clone();
    messages.push(Message::new(Role::Assistant, &shown));
    messages.push(Message::new(Role::User, &said));
    Ok(Prompt::Chat {
        messages,
        tools: tools.clone(),
        answer_prefix: answer_prefix.clone(),
    })
}

/// The text within a fence of Markdown, if the answer is one.
fn without_fence(text: &str) -> &str {
    let inner = text.trim();
    let Some(inner) = inner.strip_prefix("```").and_then(|inner| inner.strip_suffix("```")) else {
        return text;
    };
    inner.split_once('\n').map_or(inner, |(_, inner)| inner).trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn completion(text: &str, finish: Finish) -> Completion {
        Completion {
            text: text.to_owned(),
            tokens: 3,
            finish,
        }
    }

    fn checked(prompt: &Prompt, text: &str, finish: Finish) -> Verdict {
        let grammar = Grammar::Pattern("[a-z]+(?: [a-z]+)*\\.".into());
        let mut checker = Checker::default();
        checker.check(Some(&grammar), prompt, completion(text, finish)).unwrap()
    }

    fn chat() -> Prompt {
        Prompt::Chat {
            messages: vec![Message::new(Role::User, "Say it.")],
            tools: Vec::new(),
            answer_prefix: String::new(),
        }
    }

    #[test]
    fn an_answer_is_freed_of_what_stands_around_it_and_of_nothing_within() {
        let whole = || Verdict::Follows(completion("all is well.", Finish::Stop));
        for text in ["all is well.", " all is well.\n", "```text\nall is well.\n```"] {
            assert_eq!(checked(&chat(), text, Finish::Stop), whole(), "{text}");
        }
        assert_eq!(
            checked(&chat(), "all is 5 well.", Finish::Stop),
            Verdict::Leaves("all is ".into())
        );
        assert_eq!(
            checked(&chat(), "all is", Finish::Stop),
            Verdict::Leaves("all is".into())
        );
        let cut = Verdict::Follows(completion("all is", Finish::Length));
        assert_eq!(checked(&chat(), "all is", Finish::Length), cut);
    }

    #[test]
    fn only_a_text_that_is_continued_may_go_on_after_the_form() {
        let text = "all is well. And so on";
        let plain = Prompt::Plain("Prices:".into());
        let whole = Verdict::Follows(completion("all is well.", Finish::Stop));
        assert_eq!(checked(&plain, text, Finish::Length), whole);
        assert!(matches!(checked(&chat(), text, Finish::Stop), Verdict::Leaves(_)));
    }

    #[test]
    fn a_model_that_is_asked_again_sees_its_answer_and_where_it_left_the_form() {
        let Prompt::Chat { messages, .. } = again(&chat(), "all is 5", "all is ").unwrap() else {
            unreachable!("a conversation stays one")
        };
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[1], Message::new(Role::Assistant, "all is 5"));
        insta::assert_snapshot!(messages[2].content, @r#"That answer does not have the form that was asked for: it leaves it after "all is ". Write the whole answer once more in exactly the form that was asked for, and nothing before or after it."#);
        let plain = Prompt::Plain("Prices:".into());
        assert_eq!(again(&plain, "x", "").unwrap(), plain);
    }
}
