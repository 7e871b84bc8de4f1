//! Finds the demo's models. Downloads nothing; `make test` does.

use tripod::models::{Cache, Profile, Registry, ResolvedModel, Role};

/// The demo profile's model for a role, downloaded by `make test`.
pub fn demo_model(role: Role) -> ResolvedModel {
    let cache = Cache::from_env().expect("a cache directory");
    let registry = Registry::bundled().expect("the bundled manifests");
    registry
        .resolve_role(&cache, role, Profile::Demo, None)
        .unwrap_or_else(|error| panic!("{error}: run the tests with `make test`, which fetches the demo's models"))
}
