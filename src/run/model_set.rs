//! Chooses the models: roles and choices come in, stages with verified models, named by id and hash, go out. Reads manifests
//! and the cache; loads no model.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::PipelineError;
use crate::analysis::{AdapterRef, JobOptions, ModelRef, Models, RemoteRef, StageName};
use crate::formats::PromptFormat;
use crate::models::{
    self, Calibration, Manifest, ModelChoice, PathSampling, Profile, Registry, ResolvedAdapter, ResolvedModel, Role,
};
use crate::stages::{ForecasterModel, ReporterModel, STAGES, SentimentModel, StageModels};

/// The models that the stages of a job open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    models: StageModels,
}

/// The models chosen for the roles, where they differ from the profile's.
#[derive(Debug, Clone, Default)]
pub struct RoleChoices {
    /// The model of stage 1.
    pub forecaster: Option<ModelChoice>,
    /// The adapter on the forecaster's weights, where it is not the manifest's.
    pub adapter: Option<PathBuf>,
    /// The prompt format of stage 1, where it differs from the manifest's.
    pub prompt_format: Option<PromptFormat>,
    /// The model of stage 2.
    pub sentiment: Option<ModelChoice>,
    /// The model of stage 3.
    pub reporter: Option<ModelChoice>,
    /// The hosts that models on other machines may run on, beside this machine.
    pub allowed_hosts: Vec<String>,
}

impl RoleChoices {
    /// Refuses a model on a host that the user did not allow.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Unfit`] with the flag that allows it.
    pub fn check_host(&self, model: &ResolvedModel) -> Result<(), PipelineError> {
        let servers = model.manifest.remote.as_ref();
        match servers.and_then(|servers| servers.not_allowed(&self.allowed_hosts)) {
            Some(host) => Err(PipelineError::Unfit {
                id: model.id.clone(),
                reason: format!(
                    "prompts with headlines and prices would leave this machine for {host}: say --allow-remote {host}, or list it under allow-remote in the configuration"
                ),
            }),
            None => Ok(()),
        }
    }

    /// Puts the chosen adapter, if there is one, on the forecaster.
    fn adapt(&self, cache: &models::Cache, model: &mut ResolvedModel) -> Result<(), PipelineError> {
        if let Some(path) = &self.adapter {
            if model.manifest.remote.is_some() {
                return Err(PipelineError::Unfit {
                    id: model.id.clone(),
                    reason: "it runs on other machines, where --adapter has no effect: serve the adapter there".into(),
                });
            }
            model.adapter = Some(ResolvedAdapter::of(cache, path)?);
        }
        Ok(())
    }
}

impl ModelSet {
    /// Finds and verifies the models of `stages`.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Models`] naming the missing or corrupt file and the command that fixes it.
    pub fn resolve(
        registry: &Registry,
        cache: &models::Cache,
        profile: Profile,
        choices: &RoleChoices,
        stages: &[StageName],
    ) -> Result<Self, PipelineError> {
        let mut set = ModelSet::default();
        // A stage's models can depend on each other: only some forecasters need a summary of the history by the reporter.
        while let Some(role) = STAGES.missing(stages, &set.models) {
            let choice = match role {
                Role::Forecaster => choices.forecaster.as_ref(),
                Role::Sentiment => choices.sentiment.as_ref(),
                _ => choices.reporter.as_ref(),
            };
            let mut model = registry.resolve_role(cache, role, profile, choice)?;
            choices.check_host(&model)?;
            if role == Role::Forecaster {
                choices.adapt(cache, &mut model)?;
            }
            set.put(role, &model, choices)?;
        }
        Ok(set)
    }

    /// The set for a job with these options: where its reporter does not write their language, code writes the report.
    #[must_use]
    pub fn writing(mut self, options: &JobOptions) -> Self {
        if let Some(reporter) = &mut self.models.reporter {
            reporter.writes_prose &= reporter.can_write(options.language.code());
        }
        self
    }

    /// A set of the given models.
    pub fn new(models: StageModels) -> Self {
        ModelSet { models }
    }

    /// The models by id and hash.
    pub fn refs(&self) -> Models {
        Models {
            forecaster: self.models.model(Role::Forecaster).cloned(),
            sentiment: self.models.model(Role::Sentiment).cloned(),
            reporter: self.models.model(Role::Reporter).cloned(),
        }
    }

    /// The prompt format of the forecaster.
    pub fn prompt_format(&self) -> Option<PromptFormat> {
        self.models.forecaster.as_ref().map(|model| model.prompt_format)
    }

    /// How the forecaster's paths are calibrated.
    pub(super) fn calibration(&self) -> Option<&Calibration> {
        self.models.forecaster.as_ref().map(|model| &model.calibration)
    }

    /// How the forecaster's paths are sampled.
    pub(super) fn sampling(&self) -> Option<PathSampling> {
        self.models.forecaster.as_ref().map(|model| model.sampling)
    }

    /// How many paths the forecaster samples where the user names no number.
    pub(crate) fn paths(&self) -> usize {
        self.models.forecaster.as_ref().map_or(0, ForecasterModel::paths)
    }

    /// The models in the form that the stages use.
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
                let own = format_of(&found.manifest);
                // What was measured in one format says nothing about another.
                let measured = match (choices.prompt_format, &own) {
                    (Some(chosen), Ok(own)) if chosen != *own => Vec::new(),
                    _ => found.manifest.measured.clone(),
                };
                self.models.forecaster = Some(ForecasterModel {
                    model,
                    prompt_format: match choices.prompt_format {
                        Some(chosen) => chosen,
                        None => own?,
                    },
                    zero_shot: found.manifest.zero_shot,
                    sampling: found.manifest.sampling,
                    calibration: found.manifest.calibration.clone(),
                    measured,
                });
            }
            Role::Sentiment if found.tokenizer.is_none() && found.manifest.remote.is_none() => {
                return unfit("a sentiment model needs a tokenizer.json beside its ONNX file");
            }
            Role::Sentiment => {
                self.models.sentiment = Some(SentimentModel {
                    model,
                    labels: found.manifest.labels.clone(),
                    languages: found.manifest.languages.clone(),
                });
            }
            Role::Reporter => {
                self.models.reporter = Some(ReporterModel {
                    model,
                    quotes_figures: found.manifest.quotes_figures,
                    writes_prose: found.manifest.writes_prose,
                    languages: found.manifest.languages.clone(),
                    sampling: found.manifest.report_sampling,
                });
            }
            Role::Encoder | Role::Embedder | Role::Library => return unfit("no stage opens a model of its role"),
        }
        Ok(())
    }
}

/// Finds and verifies the language model of a role, for text requests outside an analysis.
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
    let mut model = registry.resolve_role(cache, role, profile, choice)?;
    choices.check_host(&model)?;
    if role == Role::Forecaster {
        choices.adapt(cache, &mut model)?;
    }
    Ok(model_ref(&model))
}

/// Finds and verifies the model that embeds texts, which is in no profile.
///
/// # Errors
///
/// Those of [`Registry::resolve_role`].
pub fn resolve_embedder(
    registry: &Registry,
    cache: &models::Cache,
    profile: Profile,
) -> Result<ModelRef, PipelineError> {
    let model = registry.resolve_role(cache, Role::Embedder, profile, Some(&embedder_choice()))?;
    Ok(model_ref(&model))
}

/// The model that embeds texts, by its id.
pub fn embedder_choice() -> ModelChoice {
    ModelChoice::Id("tripod-embedder".to_owned())
}

/// The prompt format named in a manifest; `stats-v2` when it names none.
fn format_of(manifest: &Manifest) -> Result<PromptFormat, PipelineError> {
    let Some(name) = &manifest.prompt_format else {
        return Ok(PromptFormat::StatsV2);
    };
    name.as_str().parse().map_err(|unknown| PipelineError::Unfit {
        id: manifest.id.clone(),
        reason: format!(
            "its manifest names an unknown prompt format: {unknown}; correct prompt_format there, or choose one with --prompt-format"
        ),
    })
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        adapter: model.adapter.as_ref().map(|adapter| AdapterRef {
            id: adapter.id.clone(),
            sha256: adapter.sha256.clone(),
        }),
        remote: model.manifest.remote.as_ref().map(|remote| {
            Box::new(RemoteRef {
                servers: remote.urls.clone(),
                model: remote.model.clone(),
            })
        }),
        trained_until: model.manifest.trained_until,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = r#"
        id = "little"
        roles = ["forecaster"]
        format = "gguf"
        licence = "MIT"
        description = "A model for tests."
        prompt_format = "seed-v1"
        [[files]]
        name = "little.gguf"
        part = "weights"
        [[files.sources]]
        kind = "hub"
        repo = "someone/little"
        path = "little.gguf"
    "#;

    #[test]
    fn a_manifest_with_an_unknown_prompt_format_is_named_with_the_known_ones() {
        let known = Manifest::parse(MANIFEST, "little.toml").unwrap();
        assert_eq!(format_of(&known).unwrap(), PromptFormat::SeedV1);
        let unknown = Manifest::parse(&MANIFEST.replace("seed-v1", "seed-v9"), "little.toml").unwrap();
        let message = format_of(&unknown).unwrap_err().to_string();
        for word in ["little", "seed-v9", "seed-v1, stats-v2, scaled-v3", "--prompt-format"] {
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn every_bundled_forecaster_names_a_known_prompt_format() {
        let registry = Registry::bundled().unwrap();
        let forecasters: Vec<_> = registry
            .iter()
            .filter(|manifest| manifest.roles.contains(&Role::Forecaster))
            .collect();
        assert!(forecasters.len() >= 3);
        for manifest in forecasters {
            assert!(manifest.prompt_format.is_some(), "{}", manifest.id);
            format_of(manifest).unwrap();
        }
    }
}
