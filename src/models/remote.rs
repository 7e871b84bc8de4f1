//! A model on other machines, as a manifest or a URL names it: base URLs, the model's name there, and the environment variable of the
//! key. Plain data and its checks; connects to nothing and reads no key.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::net::{endpoint, is_loopback, shown_url};

/// The most servers of one model.
const MOST_SERVERS: usize = 64;

/// The environment variable of the key for a model that a URL names.
const USUAL_KEY: &str = "TRIPOD_REMOTE_KEY";

/// The servers of a model: the table `[remote]` of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteServers {
    /// Base URLs, such as `http://gpu:8000/v1`. Several share the load.
    pub urls: Vec<String>,
    /// The model's name there; empty for a server of one model.
    #[serde(default)]
    pub model: String,
    /// The environment variable that holds the key, if the servers ask for one.
    pub key_env: Option<String>,
    /// The most requests in flight at each server; by default as many as it takes.
    pub at_once: Option<u16>,
}

impl RemoteServers {
    /// The server that a URL names, with the model's name after `#`.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL.
    pub fn of_url(text: &str) -> Result<Self, String> {
        let (url, model) = text.split_once('#').unwrap_or((text, ""));
        let servers = RemoteServers {
            urls: vec![url.trim_end_matches('/').to_owned()],
            model: model.to_owned(),
            key_env: Some(USUAL_KEY.to_owned()),
            at_once: None,
        };
        match servers.problem() {
            Some(problem) => Err(problem),
            None => Ok(servers),
        }
    }

    /// A name for the model where no manifest gives one: its own and its first server's.
    pub fn name(&self) -> String {
        let at = self.places().next().unwrap_or_default();
        match self.model.as_str() {
            "" => at,
            model => format!("{model}@{at}"),
        }
    }

    /// Host and port of each server.
    fn places(&self) -> impl Iterator<Item = String> {
        self.parsed().map(|url| place(&url))
    }

    fn parsed(&self) -> impl Iterator<Item = Url> {
        self.urls.iter().filter_map(|url| Url::parse(url).ok())
    }

    /// The first host that the user did not allow. This machine is always allowed; `allowed` holds hosts, with or without a port.
    pub fn not_allowed(&self, allowed: &[String]) -> Option<String> {
        let refused = |url: &Url| {
            let host = url.host_str().unwrap_or_default();
            let named = |name: &String| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(&place(url));
            !is_loopback(url) && !allowed.iter().any(named)
        };
        self.parsed()
            .find(refused)
            .map(|url| url.host_str().unwrap_or_default().to_owned())
    }

    /// The first thing that is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        if self.urls.is_empty() || self.urls.len() > MOST_SERVERS {
            return Some(format!("remote.urls must name 1 to {MOST_SERVERS} servers"));
        }
        if self.at_once == Some(0) {
            return Some("remote.at_once must be at least 1".into());
        }
        if self.model.len() > 200 || self.model.chars().any(char::is_control) {
            return Some("remote.model must be a name of at most 200 characters".into());
        }
        self.urls.iter().find_map(|url| url_problem(url))
    }
}

/// A base URL holds no secret, because it is shown and stored.
fn url_problem(text: &str) -> Option<String> {
    let url = match endpoint(text, &[]) {
        Ok(url) => url,
        Err(error) => return Some(error.to_string()),
    };
    let whole = Url::parse(text.trim()).ok()?;
    let bare = whole.username().is_empty() && whole.password().is_none() && whole.query().is_none();
    (!bare || whole.fragment().is_some()).then(|| {
        format!(
            "{} must have no user name, no query and no fragment: a key belongs into the variable that key_env names",
            shown_url(&url)
        )
    })
}

fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_url_names_a_server_and_after_the_hash_the_model() {
        let servers = RemoteServers::of_url("http://gpu:8000/v1/#Qwen/Qwen2.5-7B").unwrap();
        assert_eq!(servers.urls, ["http://gpu:8000/v1"]);
        assert_eq!(servers.model, "Qwen/Qwen2.5-7B");
        assert_eq!(servers.name(), "Qwen/Qwen2.5-7B@gpu:8000");
        assert_eq!(RemoteServers::of_url("https://gpu").unwrap().name(), "gpu:443");
    }

    #[test]
    fn a_url_with_a_secret_or_of_another_kind_is_refused_without_showing_the_secret() {
        for url in [
            "http://user:hunter2@gpu/v1",
            "http://gpu/v1?key=hunter2",
            "ftp://gpu",
            "http://",
        ] {
            let problem = RemoteServers::of_url(url).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn only_this_machine_and_what_the_user_named_are_allowed() {
        let of = |url: &str| RemoteServers::of_url(url).unwrap();
        for here in ["http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8000/v1"] {
            assert_eq!(of(here).not_allowed(&[]), None, "{here}");
        }
        let gpu = of("http://gpu:8000/v1");
        assert_eq!(gpu.not_allowed(&[]).unwrap(), "gpu");
        assert_eq!(gpu.not_allowed(&["GPU".into()]), None);
        assert_eq!(gpu.not_allowed(&["gpu:8000".into()]), None);
        for other in ["gpu:8001", "pu", "gpu.evil"] {
            assert!(gpu.not_allowed(&[other.into()]).is_some(), "{other}");
        }
        assert!(of("http://127.0.0.1.evil/v1").not_allowed(&[]).is_some());
    }
}
