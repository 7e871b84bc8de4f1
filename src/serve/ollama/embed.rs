//! `POST /api/embed`: texts become vectors, in Ollama's form.

use std::time::Instant;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::failure::OllamaRefusals;
use super::models::check_name;
use super::name;
use super::response::nanoseconds;
use crate::serve::http::{ApiError, Client, JsonBody};
use crate::serve::openai::{EmbeddingInput, check_embedder, texts};
use crate::serve::runs::{Shared, embed as embed_texts};

/// The body of `POST /api/embed`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"model": "tripod-embedder", "input": ["Shares rise.", "The stock falls."]}))]
pub struct OllamaEmbedRequest {
    /// `tripod-embedder`; `:latest` may follow.
    #[schema(required = true, nullable = false, min_length = 1)]
    pub model: Option<String>,
    /// A text, or up to 256, each of at most 256 tokens.
    #[schema(required = true, nullable = false)]
    pub input: Option<EmbeddingInput>,
    /// Accepted; a text that is too long is refused, never cut.
    pub truncate: Option<bool>,
    /// Not supported: only `null` is taken.
    pub dimensions: Option<i64>,
    /// Accepted; models are kept as the server's settings say.
    #[schema(value_type = Option<Value>)]
    pub keep_alive: Option<Value>,
}

/// The vectors of some texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OllamaEmbeddings {
    /// The model's name, as in the request.
    pub model: String,
    /// A vector for each text, in order.
    pub embeddings: Vec<Vec<f32>>,
    /// From the request to the end, nanoseconds.
    pub total_duration: u64,
    /// Tokens of all texts.
    pub prompt_eval_count: usize,
}

/// Turn texts into vectors with Ollama's API
#[utoipa::path(
    post,
    path = "/api/embed",
    tag = "ollama",
    request_body = OllamaEmbedRequest,
    responses((status = 200, description = "A vector for each text", body = OllamaEmbeddings), OllamaRefusals)
)]
pub async fn embed(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<OllamaEmbedRequest>,
) -> Result<Json<OllamaEmbeddings>, ApiError> {
    let begun = Instant::now();
    let model = check_name(request.model.as_deref())?;
    check_embedder(name::id(&model), request.dimensions)?;
    let embedded = embed_texts(&app, client, texts(request.input)?, "input").await?;
    Ok(Json(OllamaEmbeddings {
        model,
        prompt_eval_count: embedded.iter().map(|one| one.tokens).sum(),
        embeddings: embedded.into_iter().map(|one| one.values).collect(),
        total_duration: nanoseconds(begun.elapsed()),
    }))
}
