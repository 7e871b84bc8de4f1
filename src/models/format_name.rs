//! The name of a prompt format as a manifest holds it: text in, a checked name out. Whether a format of that name exists is not
//! known here; resolving a model for a run finds it out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A prompt format's name, such as `seed-v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FormatName(String);

impl FormatName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FormatName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_name = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_name {
            return Err(format!(
                "prompt_format `{text}` may hold only a-z, 0-9 and `-`, 40 characters at most, such as \"seed-v1\""
            ));
        }
        Ok(FormatName(text))
    }
}

impl From<FormatName> for String {
    fn from(name: FormatName) -> String {
        name.0
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_letters_digits_and_hyphens() {
        for good in ["seed-v1", "mine-2"] {
            assert!(FormatName::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "Seed", "a b", "a/b", "a\u{202e}b", &"x".repeat(41)] {
            assert!(FormatName::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
