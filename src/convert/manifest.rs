//! The manifest that is written beside a converted file, so that it can be used by id: what it was made from, with hashes, its
//! licence, and what the user says of it.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::checkpoint::Folder;
use super::error::ConvertError;
use super::quantity::Quantity;
use crate::models::{self, FormatName, feed};

/// The model card.
const CARD: &str = "README.md";
/// Bytes of the longest card.
const LARGEST_CARD: u64 = 4 << 20;
/// The files beside the tensors that determine the result.
const DESCRIBING: &[&str] = &[
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
];
/// The file that describes an adapter.
const DESCRIBING_ADAPTER: &[&str] = &["adapter_config.json"];

/// What a user says of a converted model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// The prompt format it was trained on; it makes the model a forecaster.
    pub prompt_format: Option<FormatName>,
    /// The last day of its training data.
    pub trained_until: Option<NaiveDate>,
}

/// The facts of a manifest.
pub(super) struct Manifest<'a> {
    pub(super) labels: &'a Labels,
    pub(super) name: &'a str,
    pub(super) out: &'a Path,
    pub(super) quantity: Quantity,
    pub(super) folder: &'a Folder,
    /// The files of the tensors.
    pub(super) files: Vec<&'a Path>,
    /// The folder of a merged adapter, and the file of its tensors.
    pub(super) adapter: Option<(&'a Folder, &'a Path)>,
}

/// Where the manifest of a file lies.
pub(super) fn path(out: &Path) -> PathBuf {
    out.with_extension("toml")
}

/// The name of what is converted: of its folder. In the hub's cache that is a hash under the model's name.
pub(super) fn name(folder: &Folder, out: &Path) -> String {
    let path = folder
        .path()
        .canonicalize()
        .unwrap_or_else(|_| folder.path().to_owned());
    let cached = path.ancestors().find_map(|folder| {
        let name = folder.file_name()?.to_str()?.strip_prefix("models--")?;
        Some(name.replace("--", "/"))
    });
    let own = path
        .file_name()
        .or(out.file_stem())
        .map(|name| name.to_string_lossy().into_owned());
    cached.or(own).unwrap_or_else(|| "model".into())
}

impl Manifest<'_> {
    /// The manifest of the finished file, which lies elsewhere for now.
    ///
    /// # Errors
    /// [`ConvertError::File`] if a file cannot be hashed, [`ConvertError::Manifest`] if the result is no manifest.
    pub(super) fn text(&self, finished: &Path) -> Result<String, ConvertError> {
        let text = |text: &str| Value::String(text.to_owned());
        let file_name = self.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let role = match self.labels.prompt_format {
            Some(_) => "forecaster",
            None => "reporter",
        };
        let mut table = Table::new();
        let id = identifier(&self.out.file_stem().unwrap_or_default().to_string_lossy());
        table.insert("id".into(), text(&id));
        table.insert("roles".into(), Value::Array(vec![text(role)]));
        table.insert("format".into(), text("gguf"));
        table.insert("licence".into(), text(&self.licence()?));
        let merged = if self.adapter.is_some() {
            ", with an adapter merged into it"
        } else {
            ""
        };
        let description = format!(
            "{}{merged}, converted by `tripod models convert --to {}`.",
            self.name, self.quantity
        );
        table.insert("description".into(), text(&description));
        if let Some(format) = &self.labels.prompt_format {
            table.insert("prompt_format".into(), text(format.as_str()));
        }
        if let Some(day) = self.labels.trained_until {
            table.insert("trained_until".into(), text(&day.to_string()));
        }
        let mut source = Table::new();
        source.insert("kind".into(), text("file"));
        source.insert("path".into(), text(&file_name));
        let mut file = Table::new();
        file.insert("name".into(), text(&format!("{id}.gguf")));
        file.insert("part".into(), text("weights"));
        file.insert("sha256".into(), text(&hash(finished)?));
        file.insert("sources".into(), Value::Array(vec![Value::Table(source)]));
        table.insert("files".into(), Value::Array(vec![Value::Table(file)]));
        let base = origin(self.name, self.folder, &self.files, DESCRIBING)?;
        table.insert("base".into(), Value::Table(base));
        if let Some((folder, weights)) = self.adapter {
            let name = folder.path().file_name().unwrap_or_default().to_string_lossy();
            let merged = origin(&name, folder, &[weights], DESCRIBING_ADAPTER)?;
            table.insert("merged".into(), Value::Table(merged));
        }
        let written = table.to_string();
        models::Manifest::parse(&written, &path(self.out).to_string_lossy()).map_err(ConvertError::Manifest)?;
        Ok(written)
    }

    /// The licence that the model card's front matter names.
    fn licence(&self) -> Result<String, ConvertError> {
        let card = self.folder.text(CARD, LARGEST_CARD)?.unwrap_or_default();
        Ok(licence_of(&card).unwrap_or_else(|| "unknown".into()))
    }
}

/// The licence in a card's front matter: `license`, or `license_name` where that is `other`.
fn licence_of(card: &str) -> Option<String> {
    let mut lines = card.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let pairs: Vec<(&str, &str)> = lines
        .take_while(|line| line.trim_end() != "---")
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key, value.trim().trim_matches(['"', '\''])))
        .collect();
    let value = |key: &str| {
        let found = pairs.iter().find(|(known, value)| *known == key && !value.is_empty());
        found.map(|(_, value)| (*value).to_owned())
    };
    match value("license") {
        Some(licence) if licence == "other" => value("license_name").or(Some(licence)),
        other => other,
    }
}

/// What a file was made from: a name, and the hash of each file.
fn origin(name: &str, folder: &Folder, files: &[&Path], beside: &[&str]) -> Result<Table, ConvertError> {
    let mut hashes = Table::new();
    let described = beside
        .iter()
        .filter(|name| folder.has(name))
        .map(|name| folder.path().join(name));
    for path in files.iter().map(|path| path.to_path_buf()).chain(described) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        hashes.insert(name, Value::String(hash(&path)?));
    }
    let mut table = Table::new();
    table.insert("name".into(), Value::String(name.to_owned()));
    table.insert("sha256".into(), Value::Table(hashes));
    Ok(table)
}

fn hash(path: &Path) -> Result<String, ConvertError> {
    let failed = ConvertError::io("read", path);
    let mut hasher = Sha256::new();
    feed(&mut hasher, File::open(path).map_err(&failed)?).map_err(&failed)?;
    Ok(hex::encode(hasher.finalize()))
}

/// A text as an id of a manifest may be: `[a-z0-9._-]`, at most 90 bytes, no leading dot or hyphen.
fn identifier(text: &str) -> String {
    let lower = text.to_lowercase();
    let safe = lower.chars().map(|character| match character {
        'a'..='z' | '0'..='9' | '.' | '_' | '-' => character,
        _ => '-',
    });
    let safe: String = safe
        .skip_while(|character| matches!(character, '.' | '-'))
        .take(90)
        .collect();
    if safe.is_empty() { "model".into() } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licence_is_that_of_the_cards_front_matter() {
        let licence = |card: &str| licence_of(card).unwrap_or_default();
        assert_eq!(
            licence("---\nlanguage: en\nlicense: apache-2.0\n---\n# A\n"),
            "apache-2.0"
        );
        assert_eq!(
            licence("---\nlicense: other\nlicense_name: \"llama3.2\"\n---\n"),
            "llama3.2"
        );
        assert_eq!(licence("---\nlicense: other\n---\n"), "other");
        assert_eq!(licence("# A\nlicense: mit\n"), "");
        assert_eq!(licence(""), "");
    }

    #[test]
    fn any_name_becomes_an_id() {
        assert_eq!(identifier("TinyDeepSeek 0.5B-q8_0"), "tinydeepseek-0.5b-q8_0");
        assert_eq!(identifier("..ÄÖ"), "model");
        assert_eq!(identifier("-rf"), "rf");
        assert_eq!(identifier(&"x".repeat(200)).len(), 90);
    }
}
