//! `POST /v1/embeddings`: texts become vectors of length one.

use axum::extract::State;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::models::Served;
use crate::engine::Embedding;
use crate::models::Role;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals};
use crate::serve::runs::{Shared, embed};

/// The most texts of one request.
const MOST_TEXTS: usize = 256;

/// The body of `POST /v1/embeddings`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"model": "tripod-embedder", "input": ["Shares rise.", "The stock falls."]}))]
pub struct EmbeddingsRequest {
    /// `tripod-embedder`.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// A text, or up to 256, each of at most 256 tokens.
    #[schema(required = true, nullable = false)]
    pub input: Option<EmbeddingInput>,
    /// `float`: numbers; `base64`: their bytes as 32-bit floats, little endian.
    #[schema(pattern = "^(float|base64)$", default = "float")]
    pub encoding_format: Option<String>,
    /// Not supported: only `null` is taken.
    pub dimensions: Option<i64>,
}

/// A text, or several.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub enum EmbeddingInput {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
    /// Token ids, or lists of them; parsed so that the error message can name them.
    Tokens(Vec<Value>),
}

/// The vectors of some texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingList {
    /// Always `list`.
    pub object: String,
    /// A vector for each text, in order.
    pub data: Vec<EmbeddingItem>,
    /// The model's id.
    pub model: String,
    /// Tokens of all texts.
    pub usage: EmbeddingUsage,
}

/// The vector of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingItem {
    /// Always `embedding`.
    pub object: String,
    /// The text's index.
    pub index: usize,
    /// The vector.
    pub embedding: EmbeddingVector,
}

/// A vector in the form that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum EmbeddingVector {
    /// Numbers.
    Float(Vec<f32>),
    /// Their bytes as 32-bit floats, little endian.
    Base64(String),
}

/// Tokens of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingUsage {
    /// Tokens of all texts.
    pub prompt_tokens: usize,
    /// The same.
    pub total_tokens: usize,
}

/// Turn texts into vectors
#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "openai",
    request_body = EmbeddingsRequest,
    responses((status = 200, description = "A vector for each text", body = EmbeddingList), Refusals)
)]
pub async fn embeddings(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<EmbeddingsRequest>,
) -> Result<Json<EmbeddingList>, ApiError> {
    let model = request.model.clone().unwrap_or_default();
    let (texts, as_bytes) = checked(request)?;
    let embedded = embed(&app, client, texts, "input").await?;
    let tokens = embedded.iter().map(|one| one.tokens).sum();
    Ok(Json(EmbeddingList {
        object: "list".to_owned(),
        data: (0..)
            .zip(embedded)
            .map(|(index, one)| item(index, one, as_bytes))
            .collect(),
        model,
        usage: EmbeddingUsage {
            prompt_tokens: tokens,
            total_tokens: tokens,
        },
    }))
}

/// Checks that a model turns texts into vectors, and that it is asked for whole ones.
///
/// # Errors
///
/// [`ApiError::NotFound`] for an unknown model, [`ApiError::Invalid`] for another one and for a number of dimensions.
pub fn check_embedder(model: &str, dimensions: Option<i64>) -> Result<(), ApiError> {
    if Served::find(model)? != Served::Alone(Role::Embedder) {
        return Err(ApiError::invalid(
            "model",
            "only tripod-embedder turns texts into vectors",
        ));
    }
    if dimensions.is_some() {
        return Err(ApiError::invalid(
            "dimensions",
            "vectors are not shortened: leave out dimensions",
        ));
    }
    Ok(())
}

/// The texts, and whether their vectors go out as bytes.
fn checked(request: EmbeddingsRequest) -> Result<(Vec<String>, bool), ApiError> {
    if request.model.as_ref().is_none_or(String::is_empty) {
        return Err(ApiError::invalid("model", "a model is required: tripod-embedder"));
    }
    check_embedder(request.model.as_deref().unwrap_or_default(), request.dimensions)?;
    let as_bytes = match request.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            return Err(ApiError::invalid(
                "encoding_format",
                "encoding_format must be float or base64",
            ));
        }
    };
    Ok((texts(request.input)?, as_bytes))
}

/// The texts of an input.
///
/// # Errors
///
/// [`ApiError::Invalid`] for anything but 1 to 256 texts, none of them empty.
pub fn texts(input: Option<EmbeddingInput>) -> Result<Vec<String>, ApiError> {
    let texts = match input {
        None => {
            return Err(ApiError::invalid(
                "input",
                "the input is missing: a text or a list of texts",
            ));
        }
        Some(EmbeddingInput::One(text)) => vec![text],
        Some(EmbeddingInput::Many(texts)) => texts,
        Some(EmbeddingInput::Tokens(_)) => {
            return Err(ApiError::invalid(
                "input",
                "the input must be a string or a list of strings; token ids are not supported",
            ));
        }
    };
    if texts.is_empty() || texts.len() > MOST_TEXTS {
        return Err(ApiError::invalid(
            "input",
            format!("there must be 1 to {MOST_TEXTS} texts"),
        ));
    }
    if let Some(index) = texts.iter().position(|text| text.trim().is_empty()) {
        return Err(ApiError::invalid(format!("input[{index}]"), "the text is empty"));
    }
    Ok(texts)
}

fn item(index: usize, embedding: Embedding, as_bytes: bool) -> EmbeddingItem {
    let embedding = if as_bytes {
        let bytes: Vec<u8> = embedding.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        EmbeddingVector::Base64(STANDARD.encode(bytes))
    } else {
        EmbeddingVector::Float(embedding.values)
    };
    EmbeddingItem {
        object: "embedding".to_owned(),
        index,
        embedding,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn read(more: Value) -> Result<(Vec<String>, bool), ApiError> {
        let mut body = json!({"model": "tripod-embedder", "input": "a"});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        checked(serde_json::from_value(body).unwrap())
    }

    #[test]
    fn a_text_or_a_list_of_texts_is_taken() {
        assert_eq!(read(json!({})).unwrap(), (vec!["a".to_owned()], false));
        let many = json!({"input": ["a", "b"], "encoding_format": "base64", "user": "x", "dimensions": null});
        assert_eq!(read(many).unwrap(), (vec!["a".to_owned(), "b".to_owned()], true));
        assert!(read(json!({"input": vec!["x"; 256]})).is_ok());
    }

    #[test]
    fn anything_else_is_refused_by_its_field() {
        for (field, param, value) in [
            ("input", "input", json!(null)),
            ("input", "input", json!([])),
            ("input", "input", json!([1, 2])),
            ("input", "input", json!([[1], [2]])),
            ("input", "input", json!(vec!["x"; 257])),
            ("input", "input[1]", json!(["x", " "])),
            ("dimensions", "dimensions", json!(128)),
            ("encoding_format", "encoding_format", json!("int8")),
            ("model", "model", json!("")),
        ] {
            let error = read(json!({field: value})).unwrap_err();
            assert_eq!(error.body().error.param.as_deref(), Some(param), "{value}");
        }
    }

    #[test]
    fn bytes_are_the_numbers_in_little_endian() {
        let embedding = Embedding {
            values: vec![1.0, -0.5],
            tokens: 3,
        };
        let EmbeddingVector::Base64(text) = item(0, embedding, true).embedding else {
            unreachable!("bytes were asked for")
        };
        assert_eq!(STANDARD.decode(text).unwrap(), [0, 0, 128, 63, 0, 0, 0, 191]);
    }
}
