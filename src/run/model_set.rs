//! Which models run: roles and choices in, verified files and stages out. Reads manifests and the cache; loads nothing.

use serde::{Deserialize, Serialize};

use super::pipeline::PipelineError;
use crate::analysis::{ModelRef, Models, StageName};
use crate::engine::{self, ClassifierFile, LanguageFile, Upcoming};
use crate::formats::PromptFormat;
use crate::models::{self, Manifest, ModelChoice, Profile, Registry, ResolvedModel, Role};
use crate::stages::{
    ForecastStage, ForecasterModel, HistoryStage, InFlight, ReportStage, ReporterModel, SentimentModel, SentimentStage,
};

/// The models that fill the three roles; a role is `None` when no job asks for its stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    /// Before the forecaster, where its prompt has a summary of the history.
    history: Option<HistoryStage>,
    forecaster: Option<(ForecastStage, ModelRef)>,
    sentiment: Option<(SentimentStage, ModelRef)>,
    reporter: Option<(ReportStage, ModelRef)>,
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
        let resolve =
            |role: Role, choice: &Option<ModelChoice>| registry.resolve_role(cache, role, profile, choice.as_ref());
        let mut set = ModelSet::default();
        if stages.contains(&StageName::Forecast) {
            let model = resolve(Role::Forecaster, &choices.forecaster)?;
            let prompt_format = match choices.prompt_format {
                Some(chosen) => chosen,
                None => format_of(&model.manifest)?,
            };
            if prompt_format.format().needs_summary() {
                let reporter = resolve(Role::Reporter, &choices.reporter)?;
                set.history = Some(HistoryStage {
                    model: reporter_model(&reporter),
                });
            }
            let stage = ForecastStage {
                model: ForecasterModel {
                    file: language_file(&model),
                    prompt_format,
                    zero_shot: model.manifest.zero_shot,
                },
            };
            set.forecaster = Some((stage, model_ref(&model)));
        }
        if stages.contains(&StageName::Sentiment) {
            let model = resolve(Role::Sentiment, &choices.sentiment)?;
            let stage = SentimentStage {
                model: SentimentModel {
                    file: classifier_file(&model)?,
                },
            };
            set.sentiment = Some((stage, model_ref(&model)));
        }
        if stages.contains(&StageName::Report) {
            let model = resolve(Role::Reporter, &choices.reporter)?;
            let stage = ReportStage {
                model: reporter_model(&model),
            };
            set.reporter = Some((stage, model_ref(&model)));
        }
        Ok(set)
    }

    /// The models by name and content.
    pub fn refs(&self) -> Models {
        Models {
            forecaster: self.forecaster.as_ref().map(|(_, model)| model.clone()),
            sentiment: self.sentiment.as_ref().map(|(_, model)| model.clone()),
            reporter: self.reporter.as_ref().map(|(_, model)| model.clone()),
        }
    }

    /// The format that the forecaster is asked in.
    pub fn prompt_format(&self) -> Option<PromptFormat> {
        self.forecaster.as_ref().map(|(stage, _)| stage.model.prompt_format)
    }

    /// Whether both go through the same models of a stage, and so through one arena.
    pub(super) fn shares(&self, stage: StageName, other: &ModelSet) -> bool {
        match stage {
            StageName::Forecast => self.forecaster == other.forecaster && self.history == other.history,
            StageName::Sentiment => self.sentiment == other.sentiment,
            StageName::Report => self.reporter == other.reporter,
        }
    }

    /// What runs for a stage, one arena after the other.
    pub(super) fn arenas(&self, name: StageName) -> Vec<&dyn engine::Stage<InFlight>> {
        let before = self.history.as_ref().filter(|_| name == StageName::Forecast);
        let before = before.map(|stage| stage as &dyn engine::Stage<InFlight>);
        before.into_iter().chain(self.stage(name)).collect()
    }

    /// The weights that a stage opens last.
    pub(super) fn weights(&self, name: StageName) -> Option<Upcoming> {
        let of_language = |file: &LanguageFile| Upcoming {
            path: file.path.clone(),
            sha256: file.sha256.clone(),
        };
        match name {
            StageName::Forecast => self
                .forecaster
                .as_ref()
                .map(|(stage, _)| of_language(&stage.model.file)),
            StageName::Report => self.reporter.as_ref().map(|(stage, _)| of_language(&stage.model.file)),
            StageName::Sentiment => self.sentiment.as_ref().map(|(stage, _)| Upcoming {
                path: stage.model.file.path.clone(),
                sha256: None,
            }),
        }
    }

    pub(super) fn stage(&self, name: StageName) -> Option<&dyn engine::Stage<InFlight>> {
        fn one<S: engine::Stage<InFlight>>(slot: &Option<(S, ModelRef)>) -> Option<&dyn engine::Stage<InFlight>> {
            slot.as_ref().map(|(stage, _)| stage as &dyn engine::Stage<InFlight>)
        }
        match name {
            StageName::Forecast => one(&self.forecaster),
            StageName::Sentiment => one(&self.sentiment),
            StageName::Report => one(&self.reporter),
        }
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

/// The prompt format that a manifest names; a forecaster that names none is asked in `stats-v2`.
fn format_of(manifest: &Manifest) -> Result<PromptFormat, PipelineError> {
    let Some(name) = &manifest.prompt_format else {
        return Ok(PromptFormat::StatsV2);
    };
    name.as_str().parse().map_err(|unknown| PipelineError::Unfit {
        id: manifest.id.clone(),
        reason: format!(
            "the prompt format of its manifest is not known: {unknown}; correct prompt_format there, or choose one with --prompt-format"
        ),
    })
}

fn language_file(model: &ResolvedModel) -> LanguageFile {
    LanguageFile {
        id: model.id.clone(),
        path: model.weights.clone(),
        sha256: Some(model.sha256.clone()),
        chat_template: model.manifest.chat_template.clone(),
    }
}

fn reporter_model(model: &ResolvedModel) -> ReporterModel {
    ReporterModel {
        file: language_file(model),
        quotes_figures: model.manifest.quotes_figures,
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
