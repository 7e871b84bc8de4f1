//! The house's own rules: imports go down, every file tells its story, nothing in the repository names a machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. A module may import itself and whatever stands below it.
const ORDER: [&str; 23] = [
    "cli",
    "config",
    "serve",
    "host",
    "run",
    "backtest",
    "render",
    "store",
    "stages",
    "formats",
    "engine",
    "analysis",
    "grounding",
    "scoring",
    "indicators",
    "prompt",
    "models",
    "news",
    "market",
    "net",
    "text",
    "lib",
    "main",
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The top-level module that a file under `src` belongs to.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix("src").expect("under src");
    let first = relative
        .components()
        .next()
        .expect("a component")
        .as_os_str()
        .to_str()
        .expect("UTF-8");
    first.trim_end_matches(".rs").to_owned()
}

fn rank(module: &str) -> usize {
    ORDER
        .iter()
        .position(|name| *name == module)
        .unwrap_or_else(|| panic!("`{module}` has no place in the order"))
}

/// The modules named by `crate::…` paths in a file, `use crate::{a::…, b::…}` included.
fn imports(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let preceding = text[..at].chars().next_back();
        if preceding.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            modules.extend(group_heads(group));
        } else {
            modules.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    modules
}

/// The first names inside the outermost braces.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    let mut in_head = true;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(String::new());
                in_head = true;
            }
            ':' => in_head = in_head && depth > 0,
            c if depth == 0 && in_head && (c.is_alphanumeric() || c == '_') => heads.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in rust_files(Path::new("src")) {
        let module = module_of(&path);
        if module == "main" || module == "lib" {
            continue;
        }
        for imported in imports(&fs::read_to_string(&path).expect("a readable file")) {
            seen += 1;
            if rank(&imported) < rank(&module) {
                wrong.push(format!("{}: {module} → {imported}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 50, "the scan saw only {seen} imports");
}

#[test]
fn the_scan_sees_an_arrow_that_runs_up() {
    assert_eq!(imports("use crate::{render::Figure, engine};"), ["render", "engine"]);
    assert_eq!(imports("use crate::{a::{b, c}, d};"), ["a", "d"]);
    assert_eq!(imports("let x = crate::cli::main();"), ["cli"]);
    assert_eq!(imports("$crate::not_ours"), Vec::<String>::new());
    assert!(rank("cli") < rank("engine"));
}

#[test]
fn every_file_opens_with_its_story() {
    let bare: Vec<PathBuf> = ["src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(Path::new(folder)))
        .filter(|path| !fs::read_to_string(path).expect("a readable file").starts_with("//!"))
        .collect();
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn unsafe_code_gives_its_reason() {
    for path in rust_files(Path::new("src")) {
        let text = fs::read_to_string(&path).expect("a readable file");
        let blocks = text.matches("unsafe {").count();
        let reasons = text.matches("SAFETY:").count();
        assert!(
            reasons >= blocks,
            "{} has {blocks} unsafe blocks and {reasons} SAFETY comments",
            path.display()
        );
    }
}
