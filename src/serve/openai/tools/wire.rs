//! Tools and their calls as OpenAI's API writes them: definitions and choices come in, calls come in and go out. Checks nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

/// A function that the model may call; the client runs it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct ToolDefinition {
    /// Only `function`.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false, pattern = "^function$")]
    pub kind: Option<String>,
    /// The function.
    #[schema(required = true, nullable = false)]
    pub function: Option<FunctionDefinition>,
}

/// What the model knows of a function.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "price",
    "description": "The last price of a security",
    "parameters": {"type": "object", "properties": {"ticker": {"type": "string"}}, "required": ["ticker"]},
}))]
pub struct FunctionDefinition {
    /// The function's name, of which there must be no second.
    #[schema(required = true, nullable = false, pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// What it does; shown to the model.
    #[schema(max_length = 4096)]
    pub description: Option<String>,
    /// The JSON schema of its arguments, an object; enforced while they are written. Without it there are none.
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
    /// Every parameter must be required and no other allowed, as in OpenAI's strict mode.
    #[schema(default = false)]
    pub strict: Option<bool>,
}

/// Which tools the model calls.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected auto, none, required or a function")]
pub enum ToolChoice {
    /// `auto`: calls or a text; `none`: a text; `required`: at least one call.
    Mode(String),
    /// This function.
    Named(NamedTool),
}

/// The function to call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct NamedTool {
    /// Only `function`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The function.
    pub function: Option<NamedFunction>,
}

/// A function's name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct NamedFunction {
    /// The name of one of the request's tools.
    pub name: Option<String>,
}

/// The schema of a [`ToolChoice`].
pub fn tool_choice_schema() -> Schema {
    let one_of = |values: &[&str]| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(values.iter().copied()))
    };
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-zA-Z0-9_-]{1,64}$"));
    let function = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("name", name)
        .required("name");
    let named = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("type", one_of(&["function"]))
        .property("function", function)
        .required("type")
        .required("function");
    OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(one_of(&["auto", "none", "required"]))
        .item(named)
        .description(Some(
            "Which tools are called: `auto` where there are tools (calls or a text), otherwise `none`; `required` for at least one call; or the name of one function.",
        ))
        .into()
}

/// A call in a message of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct PastToolCall {
    /// The call's id, which a message of the role `tool` answers.
    #[schema(required = true, nullable = false, min_length = 1, max_length = 256)]
    pub id: Option<String>,
    /// Only `function`.
    #[serde(rename = "type")]
    #[schema(pattern = "^function$")]
    pub kind: Option<String>,
    /// The function and its arguments.
    #[schema(required = true, nullable = false)]
    pub function: Option<PastFunctionCall>,
}

/// The function of a call in the conversation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
pub struct PastFunctionCall {
    /// The function's name.
    #[schema(required = true, nullable = false, pattern = "^[a-zA-Z0-9_-]{1,64}$")]
    pub name: Option<String>,
    /// Its arguments, a JSON object as text.
    #[schema(required = true, nullable = false)]
    pub arguments: Option<String>,
}

/// A call of a tool in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// The call's id, for the message with its result.
    #[schema(example = "call_0193a1")]
    pub id: String,
    /// `function`
    #[serde(rename = "type")]
    pub kind: ToolKind,
    /// The function and its arguments.
    pub function: FunctionCall,
}

/// The kind of a tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    /// A function.
    #[default]
    Function,
}

/// A function and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FunctionCall {
    /// The function's name.
    pub name: String,
    /// A JSON object as text, by the function's schema; cut off where the answer reached its limit of tokens.
    pub arguments: String,
}

/// A piece of a call in a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolCallDelta {
    /// The call's index in the answer.
    pub index: usize,
    /// The call's id; in its first piece only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `function`; in the first piece only.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ToolKind>,
    /// The function.
    pub function: FunctionCallDelta,
}

/// A piece of a call's function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FunctionCallDelta {
    /// The function's name; in the first piece only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// More of the arguments' text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}
