//! The manifest: one TOML file that describes a model. Parses and checks the text; never reads the disk or the network.
//!
//! Ids and file names become parts of cache paths, so they are restricted to `[a-z0-9._-]`, without a leading dot.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calibration::{Calibration, PathSampling};
use super::error::ModelsError;
use super::format_name::FormatName;
use super::kinds::{Format, Part, Platform, Profile, Role};
use super::measured::Measured;
use super::remote::RemoteServers;
use super::report_sampling::ReportSampling;
use super::source::Source;

/// One model: its roles, its prompt and chat formats, and the sources of its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name, and its directory in the cache.
    pub id: String,
    /// The roles it can fill. One model may fill several from the same files.
    pub roles: Vec<Role>,
    /// The format of its weights. `kind = "remote"` says that other machines run it.
    #[serde(alias = "kind")]
    pub format: Format,
    /// The machines that run it.
    pub remote: Option<RemoteServers>,
    /// How a reporter's sentences are sampled.
    #[serde(default)]
    pub report_sampling: ReportSampling,
    /// The profiles in which it fills its roles. Empty: only by id.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    /// Those of its roles that it fills in no profile, only when it is named.
    #[serde(default)]
    pub on_request: Vec<Role>,
    /// SPDX expression, or the licence's name.
    pub licence: String,
    /// What it is, in a sentence or three.
    pub description: String,
    /// Tokens: the window of a language model (`None`: as its weights say), the longest input of a classifier (required).
    pub context: Option<u32>,
    /// The name of the prompt format that a forecaster was trained on, or does best with. Which formats exist is not known here.
    pub prompt_format: Option<FormatName>,
    /// Replaces the chat template inside the weights; `None` keeps that one.
    pub chat_template: Option<String>,
    /// A classifier's labels in the order of its outputs.
    #[serde(default)]
    pub labels: Vec<String>,
    /// A forecaster that was not trained for the task.
    #[serde(default)]
    pub zero_shot: bool,
    /// The last day covered by its training data (`"2024-11-30"`): in a backtest on earlier days the model may remember the
    /// outcome.
    pub trained_until: Option<NaiveDate>,
    /// How a forecaster's continuations are sampled.
    #[serde(default)]
    pub sampling: PathSampling,
    /// How a forecaster's paths are calibrated.
    #[serde(default)]
    pub calibration: Calibration,
    /// What it was converted from.
    pub base: Option<Origin>,
    /// The adapter that was merged into its weights.
    pub merged: Option<Origin>,
    /// What backtests measured of a forecaster, as `tripod backtest --card` writes it; what it is reliable for follows from this.
    #[serde(default)]
    pub measured: Vec<Measured>,
    /// Whether a reporter can quote figures correctly. The sentences of one that cannot hold no figures.
    #[serde(default = "yes")]
    pub quotes_figures: bool,
    /// Whether a reporter writes prose. One whose sentences fail the checks too often does not: code writes its whole report.
    #[serde(default = "yes")]
    pub writes_prose: bool,
    /// The languages in which a reporter writes prose and which a classifier reads, as ISO 639-1 codes.
    #[serde(default = "english")]
    pub languages: Vec<String>,
    /// Whether its weights are random numbers in the shape of a real model, for benchmarks only.
    #[serde(default)]
    pub random_weights: bool,
    /// The files it consists of; none for a model on other machines.
    #[serde(default)]
    pub files: Vec<ModelFile>,
    /// The folder it was read from; local sources are relative to it. `None` for the bundled ones.
    #[serde(skip)]
    pub directory: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

fn english() -> Vec<String> {
    vec!["en".to_owned()]
}

/// What a model was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// SHA-256 of each of its files.
    pub sha256: BTreeMap<String, String>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// The name it is kept under.
    pub name: String,
    /// What it is within the model.
    pub part: Part,
    /// Its length in bytes, where known ahead.
    pub bytes: Option<u64>,
    /// Its SHA-256, where known ahead; else the first pull records it in the lock file.
    pub sha256: Option<String>,
    /// The one platform it is for; `None` for all.
    pub platform: Option<Platform>,
    /// Where it comes from, tried in order.
    pub sources: Vec<Source>,
}

impl Manifest {
    /// Reads and checks a manifest. `origin` is the name used in messages.
    ///
    /// # Errors
    /// [`ModelsError::Parse`] for wrong TOML, an unknown or a missing key, [`ModelsError::Invalid`] for values that cannot be.
    pub fn parse(text: &str, origin: &str) -> Result<Manifest, ModelsError> {
        let manifest: Manifest = toml::from_str(text).map_err(|source| ModelsError::Parse {
            origin: origin.into(),
            source: Box::new(source),
        })?;
        match manifest.problem() {
            Some(problem) => Err(ModelsError::Invalid {
                origin: origin.into(),
                problem,
            }),
            None => Ok(manifest),
        }
    }

    /// The manifest of a model of which only a name is known, in the place of this one.
    pub(super) fn in_place_of(&self, id: String, role: Role) -> Manifest {
        Manifest {
            id,
            licence: "unknown".into(),
            roles: vec![role],
            profiles: Vec::new(),
            on_request: Vec::new(),
            files: Vec::new(),
            // The context length of the replaced model does not apply; a GGUF holds its own.
            context: if self.format == Format::Gguf {
                None
            } else {
                self.context
            },
            chat_template: None,
            // A user's own reporter is assumed to be larger than the demo's.
            quotes_figures: true,
            // Nothing is known of its languages: a reporter's user, who asks for one, is believed; a classifier reads what the one does
            // that it stands for.
            languages: match role {
                Role::Sentiment => self.languages.clone(),
                _ => vec!["en".into(), "de".into()],
            },
            writes_prose: true,
            report_sampling: ReportSampling::default(),
            random_weights: false,
            base: None,
            merged: None,
            // What was measured of the replaced model says nothing about this one.
            measured: Vec::new(),
            ..self.clone()
        }
    }

    /// The files this platform needs, in the manifest's order.
    pub fn files_for<'m>(&'m self, platform: &Platform) -> impl Iterator<Item = &'m ModelFile> {
        self.files
            .iter()
            .filter(move |file| file.platform.as_ref().is_none_or(|only| only == platform))
    }

    /// The file that is this part of the model on this platform.
    pub fn part<'m>(&'m self, part: Part, platform: &Platform) -> Option<&'m ModelFile> {
        self.files_for(platform).find(|file| file.part == part)
    }

    /// Whether a file is made by a script of this repository instead of downloaded.
    pub fn is_built(&self) -> bool {
        self.files
            .iter()
            .any(|file| matches!(file.sources.first(), Some(Source::Build { .. })))
    }

    /// Whether it can fill a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it fills a role in a profile.
    pub fn fills(&self, role: Role, profile: Profile) -> bool {
        self.has(role) && self.profiles.contains(&profile) && !self.on_request.contains(&role)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const REPORTER: &str = r#"
        id = "little"
        roles = ["reporter"]
        format = "gguf"
        licence = "MIT"
        description = "A model for tests."
        context = 512
        [[files]]
        name = "little.gguf"
        part = "weights"
        [[files.sources]]
        kind = "hub"
        repo = "someone/little"
        path = "little.gguf"
    "#;

    fn problem_of(text: &str) -> String {
        match Manifest::parse(text, "test.toml") {
            Err(error @ ModelsError::Invalid { .. }) => error.to_string(),
            Err(ModelsError::Parse { source, .. }) => source.to_string(),
            other => panic!("accepted or another error: {other:?}"),
        }
    }

    #[test]
    fn a_small_manifest_is_read_and_the_revision_defaults_to_main() {
        let manifest = Manifest::parse(REPORTER, "test.toml").unwrap();
        assert_eq!(manifest.roles, [Role::Reporter]);
        assert!(matches!(&manifest.files[0].sources[0], Source::Hub { revision, .. } if revision == "main"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_at_every_level() {
        assert!(problem_of(&REPORTER.replace("context =", "contxt =")).contains("contxt"));
        assert!(problem_of(&REPORTER.replace("part = \"weights\"", "part = \"weights\"\nsize = 3")).contains("size"));
        assert!(problem_of(&REPORTER.replace("kind = \"hub\"", "kind = \"hub\"\nbranch = \"x\"")).contains("branch"));
    }

    #[test]
    fn ids_and_file_names_that_could_leave_the_cache_are_refused() {
        for bad in ["../up", "a/b", ".hidden", "", "UPPER", "nul\\u0000", "-rf", "a\\\\b"] {
            assert!(
                problem_of(&REPORTER.replace("id = \"little\"", &format!("id = \"{bad}\""))).contains("id"),
                "{bad}"
            );
            problem_of(&REPORTER.replace("name = \"little.gguf\"", &format!("name = \"{bad}\"")));
        }
    }

    #[test]
    fn a_file_name_that_looks_like_a_partial_file_is_refused() {
        problem_of(&REPORTER.replace("name = \"little.gguf\"", "name = \"little.part\""));
    }

    #[test]
    fn a_forecaster_without_a_prompt_format_is_refused() {
        assert!(problem_of(&REPORTER.replace("\"reporter\"", "\"forecaster\"")).contains("prompt_format"));
    }

    #[test]
    fn measured_figures_are_read_and_must_be_possible() {
        let forecaster = REPORTER.replace("\"reporter\"", "\"forecaster\"").replace(
            "context = 512",
            "context = 512\nprompt_format = \"stats-v2\"\nzero_shot = false",
        );
        let measured = "[[measured]]\nhorizon = 5\nwindows = 400\ntickers = 4\nfrom = \"2008-01-02\"\nuntil = \"2012-12-31\"\nerror_to_naive = 1.002\np_value = 0.4\ncoverage80 = 0.8\ncrps_to_cone = 0.99\n";
        let manifest = Manifest::parse(&(forecaster.clone() + measured), "test.toml").unwrap();
        assert_eq!(
            (manifest.measured[0].horizon, manifest.measured[0].p_value),
            (5, Some(0.4))
        );
        let share = measured.replace("coverage80 = 0.8", "coverage80 = 80.0");
        assert!(problem_of(&(forecaster.clone() + &share)).contains("between 0 and 1"));
        assert!(problem_of(&(REPORTER.to_owned() + measured)).contains("trained forecasters"));
        let zero_shot = forecaster.replace("zero_shot = false", "zero_shot = true");
        assert!(problem_of(&(zero_shot + measured)).contains("trained forecasters"));
    }

    #[test]
    fn a_hash_that_is_no_sha256_is_refused() {
        assert!(
            problem_of(&REPORTER.replace("part = \"weights\"", "part = \"weights\"\nsha256 = \"ABC\""))
                .contains("sha256")
        );
    }

    #[test]
    fn two_files_may_share_a_name_only_on_different_platforms() {
        let file = |platform: &str| {
            format!(
                "[[files]]\nname = \"l.so\"\npart = \"library\"\nplatform = \"{platform}\"\nsources = [{{ kind = \"file\", path = \"x\" }}]\n"
            )
        };
        let head =
            "id = \"l\"\nroles = [\"library\"]\nformat = \"shared-library\"\nlicence = \"MIT\"\ndescription = \"d\"\n";
        let good = format!("{head}{}{}", file("linux-x86_64"), file("linux-aarch64"));
        let manifest = Manifest::parse(&good, "test.toml").unwrap();
        let here = Platform::new("linux", "aarch64");
        assert_eq!(manifest.files_for(&here).count(), 1);
        problem_of(&format!("{head}{}{}", file("linux-x86_64"), file("linux-x86_64")));
    }
}
