//! The names of another API's fields: an error about a chat request comes in, the same error about the request that the client sent
//! goes out.

use crate::serve::http::ApiError;

/// Where the fields of a chat request stand in the request that it was made from.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    /// Fields and what they are called there. The first that fits counts.
    pub fields: &'static [(&'static str, &'static str)],
    /// For each message its place there, such as `input[3]`.
    pub messages: Vec<String>,
}

impl Renames {
    /// The error with the client's names.
    pub fn apply(&self, error: ApiError) -> ApiError {
        match error {
            ApiError::Invalid {
                message,
                param: Some(param),
                code,
            } => {
                let renamed = self.field(&param);
                // Messages about a number begin with its name.
                let message = match message.strip_prefix(&param) {
                    Some(rest) if rest.starts_with(' ') => format!("{renamed}{rest}"),
                    _ => message,
                };
                ApiError::Invalid {
                    message,
                    param: Some(renamed),
                    code,
                }
            }
            ApiError::ContextLengthExceeded { message, param } => {
                let known = self.fields.iter().find(|(ours, _)| *ours == param);
                ApiError::ContextLengthExceeded {
                    message,
                    param: known.map_or(param, |(_, theirs)| theirs),
                }
            }
            other => other,
        }
    }

    fn field(&self, ours: &str) -> String {
        let message = ours
            .strip_prefix("messages[")
            .and_then(|rest| rest.split_once(']'))
            .and_then(|(number, rest)| Some((self.messages.get(number.parse::<usize>().ok()?)?, rest)));
        if let Some((place, rest)) = message {
            return format!("{place}{rest}");
        }
        let renamed = self.fields.iter().find_map(|(known, theirs)| {
            let rest = ours.strip_prefix(known)?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{theirs}{rest}"))
        });
        renamed.unwrap_or_else(|| ours.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_that_the_client_sent() {
        let renames = Renames {
            fields: &[("messages", "input"), ("max_completion_tokens", "max_output_tokens")],
            messages: vec!["instructions".into(), "input[4]".into()],
        };
        let invalid = |param: &str| {
            let renamed = renames.apply(ApiError::invalid(param, format!("{param} must be from 1 to 2")));
            (renamed.body().error.param.unwrap_or_default(), renamed.to_string())
        };
        for (ours, theirs) in [
            ("messages[1].content[2].type", "input[4].content[2].type"),
            ("messages[0].content", "instructions.content"),
            ("messages[9]", "input[9]"),
            ("messages", "input"),
            ("max_completion_tokens", "max_output_tokens"),
            ("max_completion_tokens_x", "max_completion_tokens_x"),
            ("temperature", "temperature"),
        ] {
            assert_eq!(invalid(ours), (theirs.into(), format!("{theirs} must be from 1 to 2")));
        }
        let long = ApiError::ContextLengthExceeded {
            message: "too long".into(),
            param: "messages",
        };
        assert_eq!(renames.apply(long).body().error.param.as_deref(), Some("input"));
    }
}
