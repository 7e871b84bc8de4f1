//! Which models run: roles and choices in, verified files and stages out. Reads manifests and the cache; loads nothing.

use serde::{Deserialize, Serialize};

use super::error::PipelineError;
use crate::analysis::{ModelRef, Models, StageName};
use crate::engine::{ClassifierFile, LanguageFile};
use crate::models::{self, ModelChoice, Profile, PromptFormat, Registry, ResolvedModel, Role};
use crate::stages::{ForecasterModel, ReporterModel, STAGES, SentimentModel, StageModels};

/// The models that the stages of a job open, and their names for its analysis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    models: StageModels,
    refs: Models,
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

    /// A set of these models, with the names that their analyses tell.
    pub fn new(models: StageModels, refs: Models) -> Self {
        ModelSet { models, refs }
    }

    /// The models by name and content.
    pub fn refs(&self) -> Models {
        self.refs.clone()
    }

    /// The format that the forecaster is asked in.
    pub fn prompt_format(&self) -> Option<PromptFormat> {
        self.models.forecaster.as_ref().map(|model| model.prompt_format)
    }

    /// The models as the stages take them.
    pub(super) fn models(&self) -> &StageModels {
        &self.models
    }

    fn put(&mut self, role: Role, model: &ResolvedModel, choices: &RoleChoices) -> Result<(), PipelineError> {
        let by_name = Some(model_ref(model));
        match role {
            Role::Forecaster => {
                let of_manifest = model.manifest.prompt_format.unwrap_or(PromptFormat::StatsV2);
                self.models.forecaster = Some(ForecasterModel {
                    file: language_file(model),
                    prompt_format: choices.prompt_format.unwrap_or(of_manifest),
                    zero_shot: model.manifest.zero_shot,
                });
                self.refs.forecaster = by_name;
            }
            Role::Sentiment => {
                self.models.sentiment = Some(SentimentModel {
                    file: classifier_file(model)?,
                });
                self.refs.sentiment = by_name;
            }
            Role::Reporter => {
                self.models.reporter = Some(ReporterModel {
                    file: language_file(model),
                    quotes_figures: model.manifest.quotes_figures,
                });
                self.refs.reporter = by_name;
            }
            Role::Encoder | Role::Library => {
                return Err(PipelineError::Unfit {
                    id: model.id.clone(),
                    reason: "no stage opens a model of its role".into(),
                });
            }
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
) -> Result<LanguageFile, PipelineError> {
    let choice = match role {
        Role::Forecaster => choices.forecaster.as_ref(),
        _ => choices.reporter.as_ref(),
    };
    Ok(language_file(&registry.resolve_role(cache, role, profile, choice)?))
}

fn language_file(model: &ResolvedModel) -> LanguageFile {
    LanguageFile {
        id: model.id.clone(),
        path: model.weights.clone(),
        sha256: Some(model.sha256.clone()),
        chat_template: model.manifest.chat_template.clone(),
    }
}

fn classifier_file(model: &ResolvedModel) -> Result<ClassifierFile, PipelineError> {
    let tokenizer = model.tokenizer.clone().ok_or_else(|| PipelineError::Unfit {
        id: model.id.clone(),
        reason: "a sentiment model needs a tokenizer.json beside its ONNX file".into(),
    })?;
    Ok(ClassifierFile {
        id: model.id.clone(),
        path: model.weights.clone(),
        tokenizer,
        labels: model.manifest.labels.clone(),
        max_tokens: model.manifest.context.map_or(128, |tokens| tokens as usize),
    })
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        trained_until: model.manifest.trained_until,
    }
}
