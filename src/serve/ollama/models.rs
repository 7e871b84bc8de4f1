//! `GET /api/tags`, `POST /api/show`, `GET /api/version`: the models in Ollama's form. Models are pulled and removed with
//! `tripod models`, so the routes that change them answer that they do not.

use axum::Json;
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::failure::OllamaRefusals;
use super::name;
use super::request::ShowRequest;
use super::response::at;
use crate::models::Role;
use crate::serve::http::{ApiError, JsonBody, discard_body};
use crate::serve::openai::{Served, served_ids};
use crate::serve::runs::Shared;

/// The release of Ollama whose API this follows; clients ask for one that has tools and schemas.
const VERSION: &str = "0.12.6";

/// The models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tags {
    /// All whose files are on this machine.
    pub models: Vec<Tag>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tag {
    /// The model's name.
    pub name: String,
    /// The same.
    pub model: String,
    /// When the server started.
    pub modified_at: String,
    /// Length of the weights in bytes; those of the reporter for `tripod`.
    pub size: u64,
    /// SHA-256 of the weights; those of the reporter for `tripod`.
    pub digest: String,
    /// What is known of it.
    pub details: ModelDetails,
}

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelDetails {
    /// Always empty.
    pub parent_model: String,
    /// `gguf` or `onnx`.
    pub format: String,
    /// The id of the model's manifest.
    pub family: String,
    /// The same.
    pub families: Vec<String>,
    /// Not known here: empty.
    pub parameter_size: String,
    /// Not known here: empty.
    pub quantization_level: String,
}

/// A model in detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shown {
    /// Always empty: there is no Modelfile.
    pub modelfile: String,
    /// Always empty.
    pub parameters: String,
    /// The chat template of the manifest; empty where the weights hold it.
    pub template: String,
    /// The licence of the weights.
    pub license: String,
    /// What is known of it.
    pub details: ModelDetails,
    /// `general.architecture` and the context length.
    #[schema(value_type = Object)]
    pub model_info: Value,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// When the server started.
    pub modified_at: String,
}

/// A version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OllamaVersion {
    /// The release of Ollama whose API this follows.
    pub version: String,
}

/// List the models in Ollama's form
#[utoipa::path(
    get,
    path = "/api/tags",
    tag = "ollama",
    responses((status = 200, description = "The models", body = Tags), OllamaRefusals)
)]
pub async fn tags(State(app): State<Shared>) -> Json<Tags> {
    let mut models = Vec::new();
    for id in served_ids() {
        if let Ok(found) = find(&app, id).await {
            models.push(Tag {
                name: name::tagged(id),
                model: name::tagged(id),
                modified_at: at(app.started),
                size: found.bytes,
                digest: found.sha256.clone(),
                details: found.details(),
            });
        }
    }
    Json(Tags { models })
}

/// One model in Ollama's form
#[utoipa::path(
    post,
    path = "/api/show",
    tag = "ollama",
    request_body = ShowRequest,
    responses((status = 200, description = "The model", body = Shown), OllamaRefusals)
)]
pub async fn show(
    State(app): State<Shared>,
    JsonBody(request): JsonBody<ShowRequest>,
) -> Result<Json<Shown>, ApiError> {
    let name = check_name(request.model.or(request.name).as_deref())?;
    let id = name::id(&name);
    let found = find(&app, id).await?;
    let details = found.details();
    let mut model_info = json!({"general.architecture": details.family});
    if let Some(context) = found.context {
        model_info[format!("{}.context_length", details.family)] = json!(context);
    }
    let able = match Served::find(id)? {
        Served::Pipeline => &["completion", "tools", "thinking"][..],
        Served::Alone(Role::Reporter) => &["completion", "tools"],
        Served::Alone(Role::Embedder) => &["embedding"],
        Served::Alone(_) => &["completion"],
    };
    Ok(Json(Shown {
        modelfile: String::new(),
        parameters: String::new(),
        template: found.template,
        license: found.licence,
        details,
        model_info,
        capabilities: able.iter().map(|word| (*word).to_owned()).collect(),
        modified_at: at(app.started),
    }))
}

/// The version of Ollama's API
#[utoipa::path(
    get,
    path = "/api/version",
    tag = "ollama",
    responses((status = 200, description = "The version", body = OllamaVersion), OllamaRefusals)
)]
pub async fn version() -> Json<OllamaVersion> {
    Json(OllamaVersion {
        version: VERSION.to_owned(),
    })
}

/// The routes of Ollama's that change models, or that this server has no part of.
pub async fn unsupported(request: Request) -> ApiError {
    let error = ApiError::NotImplemented(format!(
        "{} is not supported; models are listed, pulled and removed with `tripod models`",
        shown(request.uri().path())
    ));
    discard_body(request).await;
    error
}

/// The beginning of a path, for a message.
fn shown(path: &str) -> String {
    path.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

/// The name, if it is that of a model.
///
/// # Errors
///
/// [`ApiError::Invalid`] without a name, [`ApiError::NotFound`] for an unknown one.
pub(super) fn check_name(name: Option<&str>) -> Result<String, ApiError> {
    let name = name.filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| ApiError::invalid("model", "a model is required; GET /api/tags lists those there are"))?;
    Served::find(name::id(name))?;
    Ok(name.to_owned())
}

/// A model on this machine.
struct Found {
    id: String,
    format: String,
    sha256: String,
    bytes: u64,
    context: Option<u32>,
    licence: String,
    template: String,
}

impl Found {
    fn details(&self) -> ModelDetails {
        ModelDetails {
            parent_model: String::new(),
            format: self.format.clone(),
            family: self.id.clone(),
            families: vec![self.id.clone()],
            parameter_size: String::new(),
            quantization_level: String::new(),
        }
    }
}

async fn find(app: &Shared, id: &str) -> Result<Found, ApiError> {
    let role = match Served::find(id)? {
        Served::Pipeline => Role::Reporter,
        Served::Alone(role) => role,
    };
    let model = app.models.resolved(role).await?;
    Ok(Found {
        id: model.id,
        format: model.manifest.format.to_string(),
        sha256: model.sha256,
        bytes: model.bytes,
        context: model.manifest.context,
        licence: model.manifest.licence,
        template: model.manifest.chat_template.unwrap_or_default(),
    })
}
