//! `GET /v1/models`: the models that a request can name. A model's id is looked up here and nowhere else, and is never a path.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::models::Role;
use crate::serve::http::{ApiError, PathText, Refusals};
use crate::serve::runs::Shared;

/// A model that clients can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The whole pipeline.
    Pipeline,
    /// The model of a role alone.
    Alone(Role),
}

const SERVED: [(&str, Served); 4] = [
    ("tripod", Served::Pipeline),
    ("tripod-reporter", Served::Alone(Role::Reporter)),
    ("tripod-forecaster", Served::Alone(Role::Forecaster)),
    ("tripod-embedder", Served::Alone(Role::Embedder)),
];

/// The ids of all models.
pub fn served_ids() -> impl Iterator<Item = &'static str> {
    SERVED.iter().map(|(id, _)| *id)
}

/// Whether the model only continues texts.
pub fn continues_texts(id: &str) -> bool {
    matches!(Served::find(id), Ok(Served::Alone(Role::Forecaster)))
}

impl Served {
    /// Looks an id up.
    ///
    /// # Errors
    ///
    /// [`ApiError::NotFound`] for an unknown one.
    pub fn find(id: &str) -> Result<Self, ApiError> {
        let found = SERVED.iter().find(|(known, _)| *known == id);
        found
            .map(|(_, served)| *served)
            .ok_or_else(|| ApiError::model_not_found(id))
    }
}

/// A list of models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelList {
    /// Always `list`.
    pub object: String,
    /// All of them.
    pub data: Vec<ModelCard>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelCard {
    /// The id for requests.
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// Unix time in seconds: when the server started.
    pub created: i64,
    /// Always `tripod`.
    pub owned_by: String,
}

fn card(id: &str, app: &Shared) -> ModelCard {
    ModelCard {
        id: id.to_owned(),
        object: "model".into(),
        created: app.started,
        owned_by: "tripod".into(),
    }
}

/// List the models
#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    responses((status = 200, description = "All models", body = ModelList), Refusals)
)]
pub async fn list(State(app): State<Shared>) -> Json<ModelList> {
    Json(ModelList {
        object: "list".into(),
        data: SERVED.iter().map(|(id, _)| card(id, &app)).collect(),
    })
}

/// One model
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    tag = "openai",
    params(("id" = String, Path, description = "The model's id")),
    responses((status = 200, description = "The model", body = ModelCard), Refusals)
)]
pub async fn get(State(app): State<Shared>, PathText(id): PathText) -> Result<Json<ModelCard>, ApiError> {
    Served::find(&id)?;
    Ok(Json(card(&id, &app)))
}
