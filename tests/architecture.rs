//! The rules of the source tree: imports go down only, no two files import each other, every file states its purpose, and
//! unsafe code gives its reason. There is no list of exceptions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/planted.rs"]
mod planted;
#[path = "architecture/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use graph::{Graph, Orders};
use tree::Tree;

/// For every folder with sub-folders, its modules from top to bottom. A module may import itself and the modules below it. In
/// the top folder every module is listed, including planned ones; in other folders, every sub-folder and some files.
const ORDERS: Orders = &[
    (
        "",
        &[
            "lib",
            "cli",
            "config",
            "serve",
            "jobs",
            "host",
            "run",
            "backtest",
            "dataset",
            "train",
            "convert",
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
        ],
    ),
    (
        "serve",
        &[
            "server",
            "openapi",
            "page",
            "mcp",
            "responses",
            "anthropic",
            "ollama",
            "openai",
            "builtin",
            "api",
            "chat",
            "runs",
            "http",
        ],
    ),
    ("serve/chat", &["answers"]),
    ("serve/openai", &["tools", "project", "schema"]),
    ("cli", &["dataset", "models", "train"]),
    ("host", &["confine"]),
    ("dataset", &["sentiment", "verify"]),
    ("train", &["lora", "model"]),
    ("train/model", &["decoder"]),
    ("convert", &["adapter", "architecture", "tokenizer", "checkpoint"]),
    ("render", &["html", "pdf", "terminal"]),
    ("stages", &["report", "forecast"]),
    ("formats", &["returns_v4"]),
    ("grounding", &["check", "claims"]),
    ("grounding/claims", &["german"]),
    (
        "engine",
        &["native", "remote", "fake", "follow", "onnx", "llama", "ggml"],
    ),
    ("engine/remote", &["http"]),
    ("engine/llama", &["step", "cache", "plan", "load", "sample"]),
    ("news", &["gather", "cache", "sources", "relevance", "sanitise"]),
    (
        "market",
        &[
            "search",
            "universe",
            "fundamentals",
            "sources",
            "repair",
            "calendar",
            "csv",
            "name",
            "ticker",
            "spelling",
            "simulate",
        ],
    ),
    ("scoring", &["significance", "baselines", "metrics"]),
    ("scoring/baselines", &["garch", "ets"]),
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

fn source() -> Tree {
    Tree::read(&|file| fs::read_to_string(Path::new("src").join(file)).ok())
}

#[test]
fn imports_go_down_only_in_sub_folders_too() {
    let graph = Graph::of(&source());
    assert!(graph.count() > 500, "the scan saw only {} imports", graph.count());
    let unplaced = graph.without_place(ORDERS);
    assert!(unplaced.is_empty(), "{unplaced:#?}");
    let upward = graph.upward(ORDERS);
    assert!(upward.is_empty(), "{} arrows run up: {upward:#?}", upward.len());
}

#[test]
fn no_files_import_each_other() {
    let circles = Graph::of(&source()).circles();
    assert!(circles.is_empty(), "{} circles: {circles:#?}", circles.len());
}

#[test]
fn the_scan_sees_every_file() {
    let tree = source();
    let seen: BTreeSet<PathBuf> = tree
        .files
        .iter()
        .chain(&tree.of_tests)
        .map(|file| Path::new("src").join(file))
        .collect();
    let unseen: Vec<PathBuf> = rust_files(Path::new("src"))
        .into_iter()
        .filter(|file| !seen.contains(file) && file != Path::new("src/main.rs"))
        .collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn every_file_says_what_it_is_for() {
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
