//! Which models run: roles and choices in, stages that name verified models by id and hash out. Reads manifests and the cache;
//! loads nothing.

use serde::{Deserialize, Serialize};

use super::pipeline::PipelineError;
use crate::analysis::{ModelRef, Models, StageName};
use crate::engine;
use crate::models::{self, ModelChoice, Profile, PromptFormat, Registry, ResolvedModel, Role};
use crate::stages::{
    ForecastStage, ForecasterModel, HistoryStage, InFlight, ReportStage, ReporterModel, SentimentModel, SentimentStage,
};

/// The models that fill the three roles; a role is `None` when no job asks for its stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    /// Before the forecaster, where its prompt has a summary of the history.
    history: Option<HistoryStage>,
    forecaster: Option<ForecastStage>,
    sentiment: Option<SentimentStage>,
    reporter: Option<ReportStage>,
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
            let of_manifest = model.manifest.prompt_format.unwrap_or(PromptFormat::StatsV2);
            let prompt_format = choices.prompt_format.unwrap_or(of_manifest);
            if prompt_format == PromptFormat::SummaryV0 {
                let reporter = resolve(Role::Reporter, &choices.reporter)?;
                set.history = Some(HistoryStage {
                    model: reporter_model(&reporter),
                });
            }
            set.forecaster = Some(ForecastStage {
                model: ForecasterModel {
                    model: model_ref(&model),
                    prompt_format,
                    zero_shot: model.manifest.zero_shot,
                },
            });
        }
        if stages.contains(&StageName::Sentiment) {
            let model = resolve(Role::Sentiment, &choices.sentiment)?;
            if model.tokenizer.is_none() {
                return Err(PipelineError::Unfit {
                    id: model.id,
                    reason: "a sentiment model needs a tokenizer.json beside its ONNX file".into(),
                });
            }
            set.sentiment = Some(SentimentStage {
                model: SentimentModel {
                    model: model_ref(&model),
                    labels: model.manifest.labels,
                },
            });
        }
        if stages.contains(&StageName::Report) {
            let model = resolve(Role::Reporter, &choices.reporter)?;
            set.reporter = Some(ReportStage {
                model: reporter_model(&model),
            });
        }
        Ok(set)
    }

    /// The models by name and content.
    pub fn refs(&self) -> Models {
        Models {
            forecaster: self.model(StageName::Forecast).cloned(),
            sentiment: self.model(StageName::Sentiment).cloned(),
            reporter: self.model(StageName::Report).cloned(),
        }
    }

    /// The format that the forecaster is asked in.
    pub fn prompt_format(&self) -> Option<PromptFormat> {
        self.forecaster.as_ref().map(|stage| stage.model.prompt_format)
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

    /// The model that a stage opens last.
    pub(super) fn model(&self, name: StageName) -> Option<&ModelRef> {
        match name {
            StageName::Forecast => self.forecaster.as_ref().map(|stage| &stage.model.model),
            StageName::Sentiment => self.sentiment.as_ref().map(|stage| &stage.model.model),
            StageName::Report => self.reporter.as_ref().map(|stage| &stage.model.model),
        }
    }

    pub(super) fn stage(&self, name: StageName) -> Option<&dyn engine::Stage<InFlight>> {
        fn one<S: engine::Stage<InFlight>>(slot: &Option<S>) -> Option<&dyn engine::Stage<InFlight>> {
            slot.as_ref().map(|stage| stage as &dyn engine::Stage<InFlight>)
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
) -> Result<ModelRef, PipelineError> {
    let choice = match role {
        Role::Forecaster => choices.forecaster.as_ref(),
        _ => choices.reporter.as_ref(),
    };
    Ok(model_ref(&registry.resolve_role(cache, role, profile, choice)?))
}

fn reporter_model(model: &ResolvedModel) -> ReporterModel {
    ReporterModel {
        model: model_ref(model),
        quotes_figures: model.manifest.quotes_figures,
    }
}

fn model_ref(model: &ResolvedModel) -> ModelRef {
    ModelRef {
        id: model.id.clone(),
        sha256: model.sha256.clone(),
        trained_until: model.manifest.trained_until,
    }
}
