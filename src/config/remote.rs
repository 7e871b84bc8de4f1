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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = r#"
        id = "far"
        kind = "remote"
        roles = ["reporter"]
        licence = "Apache-2.0"
        description = "A model for tests."
        context = 512
        [remote]
        urls = ["http://gpu1.lan:8000/v1", "http://gpu2.lan:8000/v1"]
        model = "m"
        at_once = 3
    "#;

    fn parsed(text: &str) -> Result<Manifest, String> {
        Manifest::parse(text, "far.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn a_manifest_and_a_url_name_models_and_a_url_in_two_roles_names_one() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("far.toml"), MANIFEST).unwrap();
        let registry = Registry::load(&[directory.path().to_owned()]).unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        let url = || Some(ModelChoice::Url("http://127.0.0.1:8000/v1#q".into()));
        let choices = RoleChoices {
            forecaster: url(),
            reporter: url(),
            allowed_hosts: vec!["gpu1.lan".into()],
            ..RoleChoices::default()
        };
        let options = remote(&registry, &cache, Profile::Demo, &choices);
        let named: Vec<_> = options
            .models
            .iter()
            .map(|model| (model.id.as_str(), model.chats))
            .collect();
        assert_eq!(named, [("far", true), ("q@127.0.0.1:8000", true)]);
        assert_eq!(options.models[0].context, Some(512));
        assert_eq!(
            options.models[0].servers.not_allowed(&options.allowed_hosts).unwrap(),
            "gpu2.lan"
        );
        let found = registry
            .resolve_role(&cache, Role::Reporter, Profile::Demo, choices.reporter.as_ref())
            .unwrap();
        assert!(found.sha256.is_empty() && found.manifest.writes_prose);
    }

    #[test]
    fn a_manifest_of_a_model_on_other_machines_needs_servers_and_has_no_files() {
        assert!(parsed(MANIFEST).is_ok());
        let without = MANIFEST.split("[remote]").next().unwrap();
        assert!(parsed(without).unwrap_err().contains("[remote]"));
        assert!(
            parsed(&MANIFEST.replace("\"remote\"", "\"gguf\""))
                .unwrap_err()
                .contains("kind")
        );
        assert!(
            parsed(&MANIFEST.replace("gpu1.lan", "user:hunter2@gpu1.lan"))
                .is_err_and(|error| !error.contains("hunter2"))
        );
        assert!(
            parsed(&MANIFEST.replace("\"reporter\"", "\"embedder\""))
                .unwrap_err()
                .contains("embedder")
        );
        let files = format!(
            "{MANIFEST}\n[[files]]\nname = \"w\"\npart = \"weights\"\n[[files.sources]]\nkind = \"file\"\npath = \"w\"\n"
        );
        assert!(parsed(&files).unwrap_err().contains("no files"));
    }
}
