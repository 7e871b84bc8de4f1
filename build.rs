//! Embeds files into the program: `prompts/`, and the web page with its chart library.
//!
//! Each template begins with `{# variables: a, b #}`, the fields of its context struct. The build fails if a template does not
//! parse, or if its declared and its used variables differ. `scripts/page.sh` fetches the chart library.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    embed_prompts(&root, &out)?;
    embed_page(&root, &out)
}

/// Embeds the page's files, compressed, as a table of name, content type and bytes.
fn embed_page(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/serve/page");
    println!("cargo::rerun-if-changed=src/render/price.js");
    println!("cargo::rerun-if-env-changed=TRIPOD_CACHE");
    let library = chart_library()?;
    println!("cargo::rerun-if-changed={}", library.display());
    let prices = root.join("src/render/price.js");
    let mut files = vec![
        ("lightweight-charts.js".to_owned(), library),
        ("price.js".to_owned(), prices),
    ];
    for entry in fs::read_dir(root.join("src/serve/page"))? {
        let entry = entry?;
        files.push((
            entry
                .file_name()
                .into_string()
                .map_err(|_| "a page's file name is not UTF-8")?,
            entry.path(),
        ));
    }
    files.sort();
    let mut table = String::from("const FILES: &[(&str, &str, &[u8])] = &[\n");
    for (name, path) in files {
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            // Skip other files, such as the list of packages for the set-up.
            _ => continue,
        };
        let packed = out.join(format!("{name}.gz"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&path)?)?;
        fs::write(&packed, encoder.finish()?)?;
        table += &format!("    ({name:?}, {kind:?}, include_bytes!({packed:?})),\n");
    }
    table += "];\n";
    Ok(fs::write(out.join("page.rs"), table)?)
}

/// The path where `scripts/page.sh` puts the chart library.
fn chart_library() -> Result<PathBuf, Box<dyn Error>> {
    let cache = env::var_os("TRIPOD_CACHE").map(PathBuf::from).or_else(|| {
        let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        Some(
            base.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?
                .join("tripod"),
        )
    });
    let path = cache
        .ok_or("no cache directory; set TRIPOD_CACHE")?
        .join("page/lightweight-charts.js");
    if path.is_file() {
        return Ok(path);
    }
    Err(format!(
        "the page's chart library is not in {}; run `make setup`, which fetches it",
        path.display()
    )
    .into())
}

fn embed_prompts(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=prompts");
    let mut files: Vec<_> = fs::read_dir(root.join("prompts"))?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut table = String::from("pub(super) const TEMPLATES: &[(&str, &[&str], &str)] = &[\n");
    for file in files {
        let path = file.path();
        if path.extension().is_none_or(|extension| extension != "jinja") {
            continue;
        }
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .ok_or("a prompt's file name is not UTF-8")?
            .to_owned();
        let source = fs::read_to_string(&path)?;
        let declared = check(&source).map_err(|reason| format!("prompts/{name}.jinja: {reason}"))?;
        table += &format!("    ({name:?}, &{declared:?}, {source:?}),\n");
    }
    table += "];\n";
    Ok(fs::write(out.join("prompts.rs"), table)?)
}

/// The declared variables of a template, after checking that it parses and uses exactly these.
fn check(source: &str) -> Result<Vec<String>, String> {
    let header = source
        .strip_prefix("{# variables:")
        .and_then(|rest| rest.split_once("#}"));
    let (list, _) = header.ok_or("it does not begin with `{# variables: … #}`")?;
    let declared: BTreeSet<String> = list
        .trim_end_matches('-')
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let template = environment
        .template_from_str(source)
        .map_err(|error| error.to_string())?;
    let used: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    if let Some(unknown) = used.difference(&declared).next() {
        return Err(format!(
            "it names the unknown variable `{unknown}`; declare it in the first line or correct it"
        ));
    }
    if let Some(unused) = declared.difference(&used).next() {
        return Err(format!("it declares `{unused}` and never uses it"));
    }
    Ok(declared.into_iter().collect())
}
