//! A prompt template that only inserts values, split into its fixed texts and its variables: filling it costs a copy, where
//! rendering costs an interpreter. A data set renders one template millions of times.

use std::collections::BTreeMap;

use super::{PromptError, Template, declared, render};

/// Stands around a variable's name while the template is split. It cannot be typed in a template by accident.
const MARK: char = '\u{0}';

/// The fixed texts and the variables of a template, in their order.
#[derive(Debug)]
pub(crate) struct Outline {
    template: Template,
    /// Fixed text, then a variable's name, alternating; the last text is followed by none.
    parts: Vec<(String, Option<String>)>,
}

impl Outline {
    /// Splits a template that uses its variables only as `{{ name }}`: no filters, conditions or loops.
    ///
    /// # Errors
    ///
    /// [`PromptError`] if the template does not render.
    pub(crate) fn of(template: Template) -> Result<Self, PromptError> {
        let marked: BTreeMap<&str, String> = declared(template)
            .iter()
            .map(|name| (*name, format!("{MARK}{name}{MARK}")))
            .collect();
        let rendered = render(template, &marked)?;
        let mut pieces = rendered.split(MARK).map(str::to_owned);
        let mut parts = Vec::new();
        while let Some(text) = pieces.next() {
            parts.push((text, pieces.next()));
        }
        Ok(Self { template, parts })
    }

    /// Appends the template with its variables' values to `out`; `value` appends the value of the named variable, or returns
    /// false where it has none.
    ///
    /// # Errors
    ///
    /// [`PromptError`] for a variable without a value.
    pub(crate) fn fill(
        &self,
        out: &mut String,
        mut value: impl FnMut(&str, &mut String) -> bool,
    ) -> Result<(), PromptError> {
        for (text, variable) in &self.parts {
            out.push_str(text);
            if let Some(variable) = variable
                && !value(variable, out)
            {
                return Err(PromptError::undefined(self.template, variable));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_without_a_value_is_an_error_that_names_the_file() {
        let outline = Outline::of(Template::ForecastSeedV1).unwrap();
        let error = outline.fill(&mut String::new(), |name, _| name != "mean").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("prompts/forecast-seed-v1.jinja") && text.contains("mean"),
            "{text}"
        );
    }

    #[test]
    fn a_filled_outline_is_the_rendered_template() {
        for template in [
            Template::ForecastSeedV1,
            Template::ForecastStatsV2,
            Template::ForecastScaledV3,
        ] {
            let value = |name: &str| format!("<{name} \\ \"{{}}\" é>");
            let values: BTreeMap<&str, String> = declared(template).iter().map(|name| (*name, value(name))).collect();
            let mut filled = String::new();
            Outline::of(template)
                .unwrap()
                .fill(&mut filled, |name, out| {
                    out.push_str(&value(name));
                    true
                })
                .unwrap();
            assert_eq!(filled, render(template, &values).unwrap(), "{template:?}");
        }
    }
}
