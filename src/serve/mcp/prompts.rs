//! Prompts for a first question: their names and arguments, and the message that each becomes. Arguments are the user's own text; they go
//! into the client's conversation, not into a prompt of this server.

use rmcp::model::{ErrorData, GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

/// The longest argument, in characters.
const LONGEST: usize = 100;

/// A prompt: its name, what it is for, its arguments with what each is, and whether each must be given.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, bool)],
);

const PROMPTS: [Row; 3] = [
    (
        "analyse",
        "An analysis of a stock, with what speaks against relying on it",
        &[
            ("security", "A symbol or a company's name", true),
            ("days", "Trading days to forecast, 1 to 90", false),
        ],
    ),
    (
        "compare",
        "Two stocks side by side",
        &[
            ("one", "A symbol or a company's name", true),
            ("other", "Another", true),
        ],
    ),
    (
        "trust",
        "How good the forecasts of a stock have been",
        &[("security", "A symbol or a company's name", true)],
    ),
];

/// Every prompt.
pub(super) fn all() -> Vec<Prompt> {
    let argument = |(name, about, required): &(&str, &str, bool)| {
        PromptArgument::new(*name)
            .with_description(*about)
            .with_required(*required)
    };
    let prompt = |(name, about, arguments): &Row| {
        Prompt::new(*name, Some(*about), Some(arguments.iter().map(argument).collect()))
    };
    PROMPTS.iter().map(prompt).collect()
}

/// A prompt with its arguments.
pub(super) fn get(request: &GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    let names: Vec<&str> = PROMPTS.iter().map(|(name, ..)| *name).collect();
    let Some((name, about, arguments)) = PROMPTS.iter().find(|(name, ..)| *name == request.name) else {
        let message = format!("there is no such prompt; there are {}", names.join(", "));
        return Err(ErrorData::invalid_params(message, None));
    };
    let given = |wanted: &str| {
        let text = request.arguments.as_ref()?.get(wanted)?.as_str()?.trim();
        let text: String = text
            .chars()
            .filter(|letter| !letter.is_control())
            .take(LONGEST)
            .collect();
        (!text.is_empty()).then_some(text)
    };
    if let Some((missing, ..)) = arguments
        .iter()
        .find(|(name, _, required)| *required && given(name).is_none())
    {
        let message = format!("the prompt `{name}` needs the argument `{missing}`, a text");
        return Err(ErrorData::invalid_params(message, Some(Value::from(*missing))));
    }
    let of = |name: &str| given(name).unwrap_or_default();
    let text = match *name {
        "compare" => format!(
            "Compare {} and {} for the next month with the tool `analyze`: price, forecast with its band, news and the call of each, in a \
             table. Say first which of the forecasts are not reliable.",
            of("one"),
            of("other")
        ),
        "trust" => format!(
            "How good have forecasts of {} been? Use the tools `backtest` and `track`, and say plainly whether they beat the forecast that \
             nothing changes.",
            of("security")
        ),
        _ => format!(
            "Analyse {} for the next {} trading days with the tool `analyze`. Say first whether the forecast is reliable, then give the \
             figures, the news and the call with its reasons.",
            of("security"),
            given("days").unwrap_or_else(|| "30".to_owned())
        ),
    };
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(*about))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn asked(name: &str, arguments: Value) -> Result<String, String> {
        let request = serde_json::from_value(json!({"name": name, "arguments": arguments})).unwrap();
        let message = |result: GetPromptResult| {
            json!(result.messages)[0]["content"]["text"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        get(&request).map(message).map_err(|error| error.message.into_owned())
    }

    #[test]
    fn every_prompt_becomes_a_message_that_has_its_arguments() {
        for prompt in all() {
            let arguments = prompt.arguments.unwrap();
            let given = arguments
                .iter()
                .map(|argument| (argument.name.clone(), json!(format!("<{}>", argument.name))));
            let text = asked(&prompt.name, Value::Object(given.collect())).unwrap();
            for argument in arguments {
                assert!(
                    text.contains(&format!("<{}>", argument.name)),
                    "{}: {text}",
                    prompt.name
                );
            }
        }
    }

    #[test]
    fn a_prompt_without_its_argument_and_one_that_is_unknown_are_told_so() {
        assert!(asked("analyse", json!({})).unwrap_err().contains("`security`"));
        assert!(
            asked("analyse", json!({"security": 5}))
                .unwrap_err()
                .contains("`security`")
        );
        assert!(
            asked("dream", json!({}))
                .unwrap_err()
                .contains("analyse, compare, trust")
        );
    }
}
