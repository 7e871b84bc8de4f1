//! Finds the models that fill the roles: stages or a role come in, verified files go out. A model is looked up by its role in the
//! configuration, never by a client's text.

use crate::analysis::{JobOptions, ModelRef, StageName};
use crate::models::{Cache, Profile, Registry, ResolvedModel, Role};
use crate::run::{self, ModelSet, RoleChoices};
use crate::serve::http::ApiError;

/// The manifests, the cache, and which model fills which role.
#[derive(Debug, Clone)]
pub struct ModelResolver {
    /// Every known manifest.
    pub registry: Registry,
    /// Where downloaded files are.
    pub cache: Cache,
    /// The set of models for roles that `choices` does not name.
    pub profile: Profile,
    /// Roles filled by the user's own choice.
    pub choices: RoleChoices,
}

impl ModelResolver {
    /// Checks the models that the user named, so that a server does not start without them.
    ///
    /// # Errors
    ///
    /// The first that is missing or damaged, with what to do.
    pub fn check_choices(&self) -> Result<(), run::PipelineError> {
        let choices = &self.choices;
        let named = [
            (Role::Forecaster, &choices.forecaster),
            (Role::Sentiment, &choices.sentiment),
            (Role::Reporter, &choices.reporter),
        ];
        for (role, choice) in named {
            if let Some(choice) = choice {
                let found = self
                    .registry
                    .resolve_role(&self.cache, role, self.profile, Some(choice))?;
                choices.check_host(&found)?;
            }
        }
        Ok(())
    }

    /// The models of some stages, verified.
    ///
    /// # Errors
    ///
    /// [`ApiError::Unavailable`] naming the missing model and the command that fetches it.
    pub async fn set(&self, stages: &[StageName]) -> Result<ModelSet, ApiError> {
        let stages = stages.to_vec();
        self.blocking(move |models| {
            ModelSet::resolve(
                &models.registry,
                &models.cache,
                models.profile,
                &models.choices,
                &stages,
            )
        })
        .await
    }

    /// The models of the stages that these options name, verified. Code writes the report where the reporter does not write their
    /// language.
    ///
    /// # Errors
    ///
    /// As [`ModelResolver::set`].
    pub async fn set_for(&self, options: &JobOptions) -> Result<ModelSet, ApiError> {
        Ok(self.set(&options.stages).await?.writing(options))
    }

    /// The language model of a role with its manifest and its files, verified.
    ///
    /// # Errors
    ///
    /// As [`ModelResolver::set`].
    pub async fn resolved(&self, role: Role) -> Result<ResolvedModel, ApiError> {
        self.blocking(move |models| {
            let choice = match role {
                Role::Forecaster => models.choices.forecaster.clone(),
                Role::Embedder => Some(run::embedder_choice()),
                _ => models.choices.reporter.clone(),
            };
            let found = models
                .registry
                .resolve_role(&models.cache, role, models.profile, choice.as_ref())?;
            Ok(found)
        })
        .await
    }

    /// The model that embeds texts, verified.
    ///
    /// # Errors
    ///
    /// As [`ModelResolver::set`].
    pub async fn embedder(&self) -> Result<ModelRef, ApiError> {
        self.blocking(|models| run::resolve_embedder(&models.registry, &models.cache, models.profile))
            .await
    }

    /// The language model of a role, verified.
    ///
    /// # Errors
    ///
    /// As [`ModelResolver::set`].
    pub async fn language(&self, role: Role) -> Result<ModelRef, ApiError> {
        self.blocking(move |models| {
            run::resolve_language(&models.registry, &models.cache, models.profile, &models.choices, role)
        })
        .await
    }

    /// Runs `work` on a thread of its own: the first verification hashes the whole file. Clients get an error without the cache's
    /// folder, which is no business of theirs; the log has it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, run::PipelineError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let models = self.clone();
        match tokio::task::spawn_blocking(move || work(&models)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a model is not available");
                let folder = format!("{}{}", self.cache.root().display(), std::path::MAIN_SEPARATOR);
                Err(ApiError::Unavailable {
                    message: error.to_string().replace(&folder, ""),
                    retry_after: None,
                })
            }
            Err(error) => {
                tracing::error!(%error, "the search for a model panicked");
                Err(ApiError::Internal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_missing_model_is_named_without_the_folder_of_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelResolver {
            registry: Registry::bundled().unwrap(),
            cache: Cache::at(folder.path()),
            profile: Profile::Demo,
            choices: RoleChoices::default(),
        };
        let error = models.language(Role::Reporter).await.unwrap_err().to_string();
        assert!(error.contains("tripod models pull"), "{error}");
        assert!(!error.contains(&*folder.path().to_string_lossy()), "{error}");
    }
}
