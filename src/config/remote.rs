//! The models on other machines that the settings name: manifests and choices come in, with the keys of the environment; connects to
//! nothing.

use crate::engine::{RemoteModel, RemoteOptions, RemoteTiming};
use crate::models::{Cache, Manifest, ModelChoice, Profile, Registry, Role};
use crate::net::Secret;
use crate::run::RoleChoices;

/// Every model on other machines that the user named, by manifest or by URL.
pub(super) fn remote(registry: &Registry, cache: &Cache, profile: Profile, choices: &RoleChoices) -> RemoteOptions {
    let by_manifest = registry.iter().filter(|manifest| manifest.remote.is_some()).cloned();
    let named = [
        (Role::Forecaster, &choices.forecaster),
        (Role::Sentiment, &choices.sentiment),
        (Role::Reporter, &choices.reporter),
    ];
    let by_url = named.into_iter().filter_map(|(role, choice)| {
        let choice = choice.as_ref().filter(|choice| matches!(choice, ModelChoice::Url(_)))?;
        // A wrong URL is reported where the role is resolved.
        let found = registry.resolve_role(cache, role, profile, Some(choice)).ok()?;
        Some(found.manifest)
    });
    let mut models: Vec<RemoteModel> = Vec::new();
    for found in by_manifest.chain(by_url).filter_map(|manifest| model(&manifest)) {
        let same = models
            .iter_mut()
            .find(|known| known.id == found.id && known.servers == found.servers);
        match same {
            // One URL in two roles.
            Some(known) => known.chats |= found.chats,
            None => models.push(found),
        }
    }
    RemoteOptions {
        models,
        allowed_hosts: choices.allowed_hosts.clone(),
        cache: Some(cache.root().join("remote")),
        timing: RemoteTiming::default(),
    }
}

fn model(manifest: &Manifest) -> Option<RemoteModel> {
    let servers = manifest.remote.clone()?;
    let key = servers.key_env.as_deref().and_then(|name| std::env::var(name).ok());
    Some(RemoteModel {
        id: manifest.id.clone(),
        key: key.map(Secret::new).filter(|key| !key.is_empty()),
        context: manifest.context.map(|tokens| tokens as usize),
        chats: manifest.has(Role::Reporter),
        labels: manifest.labels.clone(),
        servers,
    })
}
