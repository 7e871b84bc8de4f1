//! What is wrong with a manifest: a parsed one comes in, the first thing that cannot be goes out, in words.

use super::hash::is_sha256;
use super::kinds::{Format, Part, Role};
use super::manifest::{Manifest, ModelFile};
use super::measured::Measured;

impl Manifest {
    /// The first thing that is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        if !is_name(&self.id) {
            return Some(format!(
                "id `{}` may hold only a-z, 0-9, `.`, `_`, `-`, and not begin with a dot",
                self.id
            ));
        }
        if self.roles.is_empty() {
            return Some("roles is empty: name at least one".into());
        }
        if let Some(role) = self.on_request.iter().find(|role| !self.has(**role)) {
            return Some(format!("on_request names {role}, which is none of its roles"));
        }
        let language_model = self.has(Role::Forecaster) || self.has(Role::Reporter);
        if self.has(Role::Forecaster) && self.prompt_format.is_none() {
            return Some("a forecaster needs prompt_format".into());
        }
        let is_code =
            |code: &String| (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase());
        if self.languages.is_empty() || !self.languages.iter().all(is_code) {
            return Some("languages must list ISO 639-1 codes in lower case, such as [\"en\", \"de\"]".into());
        }
        let needs_context = self.has(Role::Sentiment) || self.has(Role::Embedder);
        if self.context == Some(0) || (needs_context && self.remote.is_none() && self.context.is_none()) {
            return Some("context must give the number of tokens".into());
        }
        if self.zero_shot && !self.has(Role::Forecaster) {
            return Some("zero_shot is for forecasters".into());
        }
        if !self.measured.is_empty() && (self.zero_shot || !self.has(Role::Forecaster)) {
            return Some("measured is for trained forecasters".into());
        }
        if let Some(problem) = self.measured.iter().find_map(Measured::problem) {
            return Some(format!("measured: {problem}"));
        }
        if let Some(problem) = self.report_sampling.problem() {
            return Some(problem);
        }
        if self.format == Format::Remote || self.remote.is_some() {
            return self.remote_problem();
        }
        if language_model && self.format != Format::Gguf {
            return Some("a forecaster or reporter must have format = \"gguf\"".into());
        }
        let origins = self.base.iter().chain(&self.merged);
        if origins
            .flat_map(|origin| origin.sha256.values())
            .any(|hash| !is_sha256(hash))
        {
            return Some("the hashes of base and merged must be 64 lower-case hex digits".into());
        }
        if self.has(Role::Sentiment) {
            if self.format != Format::Onnx {
                return Some("a sentiment classifier must have format = \"onnx\"".into());
            }
            if let Some(problem) = label_problem(&self.labels) {
                return Some(problem);
            }
            if !self.files.iter().any(|file| file.part == Part::Tokenizer) {
                return Some("a sentiment classifier needs a file with part = \"tokenizer\"".into());
            }
        }
        if self.has(Role::Embedder) {
            if self.format != Format::Onnx {
                return Some("an embedder must have format = \"onnx\"".into());
            }
            if !self.files.iter().any(|file| file.part == Part::Tokenizer) {
                return Some("an embedder needs a file with part = \"tokenizer\"".into());
            }
        }
        if self.files.iter().any(|file| file.part == Part::Adapter) && !language_model {
            return Some("a file with part = \"adapter\" is for forecasters and reporters".into());
        }
        self.sampling
            .problem()
            .or_else(|| self.calibration.problem())
            .or_else(|| self.file_problem())
    }

    /// What is wrong with the manifest of a model on other machines, which has no files.
    fn remote_problem(&self) -> Option<String> {
        let remote = match (&self.remote, self.format) {
            (Some(remote), Format::Remote) => remote,
            (None, _) => return Some("kind = \"remote\" needs a table [remote] with urls".into()),
            (Some(_), _) => return Some("a table [remote] needs kind = \"remote\"".into()),
        };
        if !self.files.is_empty() {
            return Some("a model on other machines has no files".into());
        }
        let known = [Role::Forecaster, Role::Reporter, Role::Sentiment];
        if let Some(role) = self.roles.iter().find(|role| !known.contains(role)) {
            return Some(format!("a model on other machines cannot be the {role}"));
        }
        if self.has(Role::Sentiment)
            && let Some(problem) = label_problem(&self.labels)
        {
            return Some(problem);
        }
        remote
            .problem()
            .or_else(|| self.sampling.problem())
            .or_else(|| self.calibration.problem())
    }

    fn file_problem(&self) -> Option<String> {
        let main = if self.has(Role::Library) {
            Part::Library
        } else {
            Part::Weights
        };
        if !self.files.iter().any(|file| file.part == main) {
            return Some(format!("no file has part = \"{main}\""));
        }
        for (index, file) in self.files.iter().enumerate() {
            if let Some(problem) = file.problem() {
                return Some(format!("files.{}: {problem}", file.name));
            }
            let together = |other: &ModelFile| match (&other.platform, &file.platform) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            };
            for other in self.files[..index].iter().filter(|other| together(other)) {
                if other.name == file.name {
                    return Some(format!("files.{}: two files of one platform have this name", file.name));
                }
                if other.part == file.part && file.part != Part::Config {
                    return Some(format!(
                        "files.{}: a second {} beside {}",
                        file.name, file.part, other.name
                    ));
                }
            }
        }
        None
    }
}

impl ModelFile {
    fn problem(&self) -> Option<String> {
        if !is_name(&self.name) || self.name.ends_with(".part") || self.name.ends_with(".part.json") {
            return Some(
                "name may hold only a-z, 0-9, `.`, `_`, `-`, not begin with a dot and not end in .part".into(),
            );
        }
        if self.sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
            return Some("sha256 must be 64 lower-case hex digits".into());
        }
        if self.sources.is_empty() {
            return Some("sources is empty".into());
        }
        self.sources
            .iter()
            .find_map(|source| source.problem().map(|problem| format!("source {source}: {problem}")))
    }
}

/// Whether a text can be an id or a file name: safe as one component of a path on any system.
pub(super) fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

/// The sentiment stage counts these three labels, so a classifier's outputs must be named by them.
fn label_problem(labels: &[String]) -> Option<String> {
    let known = ["positive", "negative", "neutral"];
    let distinct = labels
        .iter()
        .enumerate()
        .all(|(index, label)| !labels[..index].contains(label));
    let named = labels.iter().all(|label| known.contains(&label.as_str()));
    (labels.len() < 2 || !distinct || !named).then(|| {
        "labels must list the outputs in order, each once, out of \"positive\", \"negative\", \"neutral\"".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_outside_the_three_known_ones_are_refused() {
        assert!(label_problem(&["bullish".into(), "bearish".into()]).is_some());
        assert!(label_problem(&["positive".into(), "positive".into()]).is_some());
        assert!(label_problem(&["neutral".into(), "positive".into(), "negative".into()]).is_none());
    }
}
