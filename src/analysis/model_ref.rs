//! A model by id and hash, or by the servers that run it, and the models of the three roles. Plain data.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The models of the three roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Models {
    /// The model of stage 1.
    pub forecaster: Option<ModelRef>,
    /// The model of stage 2.
    pub sentiment: Option<ModelRef>,
    /// The model of stage 3.
    pub reporter: Option<ModelRef>,
}

/// An adapter by name and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdapterRef {
    /// Name of the adapter's file.
    #[schema(min_length = 1)]
    pub id: String,
    /// SHA-256 of the file, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

/// A model on other machines: where it runs, and its name there. Nobody here knows its weights, so it has no hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemoteRef {
    /// Base URLs of the servers, without keys.
    #[schema(min_items = 1)]
    pub servers: Vec<String>,
    /// The model's name there; empty for a server of one model.
    pub model: String,
}

/// A model by id and hash, or by id and servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelRef {
    /// Id of the model's manifest.
    #[schema(min_length = 1)]
    pub id: String,
    /// SHA-256 of the weights file, hexadecimal. Absent for a model on other machines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// Where the model runs, if it is not on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remote: Option<Box<RemoteRef>>,
    /// The adapter on its weights, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub adapter: Option<AdapterRef>,
    /// The last day that the training data can contain, where the manifest states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trained_until: Option<NaiveDate>,
}

impl ModelRef {
    /// The id, and the name of the adapter if there is one.
    pub fn name(&self) -> String {
        match &self.adapter {
            Some(adapter) => format!("{} with {}", self.id, adapter.id),
            None => self.id.clone(),
        }
    }
}
