//! The list of the built-in tools: each one's name, what it does, and the schema of its arguments.

use serde_json::Value;
use utoipa::PartialSchema;

use super::inputs::{Headlines, Query, Record, Security, Tested};
use crate::serve::http::json;

/// A tool that runs in the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Builtin {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, for a model that chooses among tools.
    pub(crate) description: &'static str,
    pub(super) kind: Kind,
}

/// What a tool runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Analyze,
    Forecast,
    Sentiment,
    Backtest,
    Track,
    Search,
}

/// Every built-in tool.
pub(crate) const BUILTIN: [Builtin; 6] = [
    Builtin {
        name: "analyze",
        description: "Analyses a listed security: its price, indicators, a forecast, what the news says, and the call of a fixed rule",
        kind: Kind::Analyze,
    },
    Builtin {
        name: "forecast",
        description: "Forecasts the price of a listed security, with an 80% band and whether the forecast is reliable",
        kind: Kind::Forecast,
    },
    Builtin {
        name: "sentiment",
        description: "Says of each headline whether it is positive, negative or neutral for a company's shares",
        kind: Kind::Sentiment,
    },
    Builtin {
        name: "backtest",
        description: "Tests the forecasts of a security on days that have passed, beside the forecast that nothing changes",
        kind: Kind::Backtest,
    },
    Builtin {
        name: "track",
        description: "How the forecasts that were made and stored before have turned out",
        kind: Kind::Track,
    },
    Builtin {
        name: "search",
        description: "Finds the symbol of a listed company or fund by its name",
        kind: Kind::Search,
    },
];

/// The tool of a name.
pub(crate) fn find(name: &str) -> Option<Builtin> {
    BUILTIN.into_iter().find(|tool| tool.name == name)
}

impl Builtin {
    /// The JSON schema of the arguments.
    pub(crate) fn parameters(self) -> Value {
        let mut schema = match self.kind {
            Kind::Analyze | Kind::Forecast => json(&Security::schema()),
            Kind::Sentiment => json(&Headlines::schema()),
            Kind::Backtest => json(&Tested::schema()),
            Kind::Track => json(&Record::schema()),
            Kind::Search => json(&Query::schema()),
        };
        strip(&mut schema);
        schema
    }
}

/// Takes out what only an OpenAPI document says: the width of integers, and what the type as a whole is.
fn strip(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("description");
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flatten().map(|(_, property)| property) {
        if let Some(property) = property.as_object_mut() {
            property.remove("format");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_schema_is_of_an_object_that_is_closed_and_says_what_each_argument_is() {
        for tool in BUILTIN {
            let schema = tool.parameters();
            assert_eq!(schema["type"], "object", "{}", tool.name);
            assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
            for (name, property) in schema["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{}.{name}", tool.name);
                assert!(property.get("format").is_none());
            }
        }
    }

    #[test]
    fn the_schema_of_a_forecast_is_its_types() {
        insta::assert_snapshot!(find("forecast").unwrap().parameters().to_string(), @r#"{"type":"object","additionalProperties":false,"required":["ticker"],"properties":{"ticker":{"type":"string","description":"The symbol, such as AAPL","maxLength":32,"minLength":1},"horizon_days":{"type":"integer","minimum":1,"description":"Trading days to forecast","maximum":90}}}"#);
    }
}
