//! Which models run: roles and choices in, stages that name verified models by id and hash out. Reads manifests and the cache;
//! loads nothing.

use serde::{Deserialize, Serialize};

use super::error::PipelineError;
use crate::analysis::{ModelRef, Models, StageName};
use crate::models::{self, ModelChoice, Profile, PromptFormat, Registry, ResolvedModel, Role};
use crate::stages::{ForecasterModel, ReporterModel, STAGES, SentimentModel, StageModels};

/// The models that the stages of a job open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    models: StageModels,
}

/// Which model fills a role, where it is not the profile's.
#[derive(Debug, Clone, Default)]
pub struct RoleChoices {
    /// Stage 1.
    pub forecaster: Option<ModelChoice>,
    /// The format that stage 1 is asked in, where it is not its manifest's.
    pub prompt_format: Option<PromptFormat>,
    /// Stage 2.
    pub sentiment: Option<ModelChoice>,
    /// Stage 3.
    pub reporter: Option<ModelChoice>,
}

impl ModelSet {
    /// Finds and verifies the models of `stages`.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Models`] naming the missing or corrupted file and the command that mends it.
    pub fn resolve(
        registry: &Registry,
        cache: &models::Cache,
        profile: Profile,
        choices: &RoleChoices,
        stages: &[StageName],
    ) -> Result<Self, PipelineError> {
        let mut set = ModelSet::default();
        // What a stage opens may depend on another's model: the history is summarised for some forecasters alone.
        while let Some(role) = STAGES.missing(stages, &set.models) {
            let choice = match role {
                Role::Forecaster => choices.forecaster.as_ref(),
                Role::Sentiment => choices.sentiment.as_ref(),
                _ => choices.reporter.as_ref(),
            };
            let model = registry.resolve_role(cache, role, profile, choice)?;
            set.put(role, &model, choices)?;
        }
        Ok(set)
    }

    /// A set of these models.
    pub fn new(models: StageModels) -> Self {
        ModelSet { models }
    }

    /// The models by name and content.
    pub fn refs(&self) -> Models {
        Models {
            forecaster: self.models.model(Role::Forecaster).cloned(),
            sentiment: self.models.model(Role::Sentiment).cloned(),
            reporter: self.models.model(Role::Reporter).cloned(),
        }
    }

    /// The format that the forecaster is asked in.
    pub fn prompt_format(&self) -> Option<PromptFormat> {
        self.models.forecaster.as_ref().map(|model| model.prompt_format)
    }

    /// The models as the stages take them.
    pub(super) fn models(&self) -> &StageModels {
        &self.models
    }

    fn put(&mut self, role: Role, found: &ResolvedModel, choices: &RoleChoices) -> Result<(), PipelineError> {
        let unfit = |reason: &str| {
            Err(PipelineError::Unfit {
                id: found.id.clone(),
                reason: reason.to_owned(),
            })
        };
        let model = model_ref(found);
        match role {
            Role::Forecaster => {
                let of_manifest = found.manifest.prompt_format.unwrap_or(PromptFormat::StatsV2);
                self.models.forecaster = Some(ForecasterModel {
                    model,
                    prompt_format: choices.prompt_format.unwrap_or(of_manifest),
                    zero_shot: found.manifest.zero_shot,
                });
            }
            Role::Sentiment if found.tokenizer.is_none() => {
                return unfit("a sentiment model needs a tokenizer.json beside its ONNX file");
            }
            Role::Sentiment => {
                self.models.sentiment = Some(SentimentModel {
                    model,
                    labels: found.manifest.labels.clone(),
                });
            }
            Role::Reporter => {
                self.models.reporter = Some(ReporterModel {
                    model,
                    quotes_figures: found.manifest.quotes_figures,
                });
            }
            Role::Encoder | Role::Library => return unfit("no stage opens a model of its role"),
        }
        Ok(())
    }
}

/// Finds and verifies the language model of a role, for text outside an analysis.
///
/// # Errors
///
/// As [`ModelSet::resolve`].
pub fn resolve_language(
    registry: &Registry,
    cache: &models::Cache,
    profile: Profile,
    choices: &RoleChoices,
    role: Role,
) -> Result<ModelRef, PipelineError> {
    let choice = match role {
        Role::Forecaster => choices.forecaster.as_ref(),
        _ => choices.reporter.as_ref(),
    };
    Ok(model_ref(&registry.resolve_role(cache, role, profile, choice)?))
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        trained_until: model.manifest.trained_until,
    }
}
