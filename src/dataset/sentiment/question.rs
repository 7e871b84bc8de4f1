//! What the reporter is asked about a headline. Pure. The headline stands in a message of its own; no text of it becomes a control
//! token.

use serde::Serialize;

use super::story::Story;
use crate::engine::{Message, Prompt, Role};
use crate::prompt::{PromptError, Template, render};

/// The version of the question and of the answer's schema. A change of either makes other labels, so it needs another version; a
/// test holds the wording of each.
pub(crate) const PROMPT_VERSION: &str = "headline-label-v1";

/// The question about a headline.
///
/// # Errors
///
/// [`PromptError`] when a template does not render.
pub(crate) fn question(story: &Story) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        title: &'a str,
    }
    let context = Context {
        company: &story.company,
        ticker: story.ticker.as_str(),
        title: &story.headline.title,
    };
    let message = |role, text: String| Message::new(role, text.trim());
    Ok(Prompt::Chat {
        messages: vec![
            message(
                Role::System,
                render(Template::HeadlineLabelSystem, &serde_json::json!({}))?,
            ),
            message(Role::User, render(Template::HeadlineLabel, &context)?),
        ],
        tools: Vec::new(),
        answer_prefix: String::new(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::market::Ticker;
    use crate::news::Headline;

    #[test]
    fn the_whole_question_of_version_one() {
        assert_eq!(PROMPT_VERSION, "headline-label-v1");
        let story = Story {
            ticker: Ticker::parse("AAPL").unwrap(),
            company: "Apple Inc.".into(),
            headline: Headline {
                title: "Apple margin under pressure as cheaper models sell faster".into(),
                source: "Wire".into(),
                published_at: "2013-02-26T16:40:00Z".parse().unwrap(),
                url: None,
                disguised: false,
                undated: false,
                language: None,
            },
            next_day_change: None,
        };
        let Prompt::Chat {
            messages,
            answer_prefix,
            ..
        } = question(&story).unwrap()
        else {
            panic!("the question is a conversation");
        };
        assert_eq!(answer_prefix, "");
        let told: Vec<String> = messages
            .iter()
            .map(|message| format!("{}: {}", message.role.name(), message.content))
            .collect();
        insta::assert_snapshot!(told.join("\n\n"), @r#"
        system: You judge financial headlines. For one headline about one company, answer with one JSON object: "label" says whether the news is positive, negative or neutral for the company's share price; "score" says how strongly, from -1.0 (very bad news) over 0 (neutral) to 1.0 (very good news); "next_day_change" is the change of the share price, in percent, that you expect on the next trading day.

        user: Company: Apple Inc. (AAPL)
        Headline: Apple margin under pressure as cheaper models sell faster
        "#);
    }
}
