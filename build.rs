//! Embeds `prompts/` and fails the build on a template that does not parse or names a variable it has not declared.
//!
//! Each template begins with `{# variables: a, b #}`: the variables its context struct has.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=prompts");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut files: Vec<_> = fs::read_dir(Path::new(&root).join("prompts"))?.collect::<Result<Vec<_>, _>>()?;
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
    fs::write(Path::new(&env::var("OUT_DIR")?).join("prompts.rs"), table)?;
    Ok(())
}

/// The variables that a template declares, once it parses and uses no other.
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
