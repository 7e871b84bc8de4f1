//! Tests of the checks themselves, on small trees with planted errors.

use std::collections::HashMap;
use std::path::Path;

use crate::graph::{Graph, Orders};
use crate::tree::Tree;

const ORDERS: Orders = &[("", &["serve", "engine", "text"]), ("engine", &["llama", "onnx"])];

fn graph(files: &[(&str, &str)]) -> Graph {
    let files: HashMap<&Path, &str> = files.iter().map(|(path, text)| (Path::new(*path), *text)).collect();
    Graph::of(&Tree::read(&|path| files.get(path).map(|text| (*text).to_owned())))
}

/// The circles, each import as a line.
fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    graph(files).circles()
}

fn upward(files: &[(&str, &str)]) -> Vec<String> {
    graph(files).upward(ORDERS)
}

#[test]
fn a_tree_whose_imports_go_down_has_nothing_wrong() {
    let files = [
        ("lib.rs", "pub mod serve; pub mod engine; pub mod text;"),
        (
            "serve.rs",
            "use crate::engine::{self, Session}; use std::fmt; fn f(s: Session) { engine::open(s) }",
        ),
        (
            "engine/mod.rs",
            "mod llama; pub mod onnx; pub use llama::Session; pub use self::onnx::open;",
        ),
        (
            "engine/llama.rs",
            "pub struct Session; use super::onnx::open; fn f() { crate::text::clean(open) }",
        ),
        ("engine/onnx.rs", "pub fn open() {}"),
        ("text.rs", "pub fn clean() {}"),
    ];
    let graph = graph(&files);
    assert_eq!(graph.circles(), Vec::<Vec<String>>::new());
    assert_eq!(graph.upward(ORDERS), Vec::<String>::new());
    assert_eq!(graph.without_place(ORDERS), Vec::<String>::new());
    assert_eq!(graph.count(), 4);
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f() -> super::a::A { super::a::A }"),
    ]);
    assert_eq!(found, [["a.rs → b.rs: B", "b.rs → a.rs: A"]]);
}

#[test]
fn three_files_around_are_a_circle() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; use crate::d::D; pub struct C;"),
        ("d.rs", "pub struct D;"),
    ]);
    assert_eq!(found, [["a.rs → b.rs: B", "b.rs → c.rs: C", "c.rs → a.rs: A"]]);
}

#[test]
fn a_circle_through_a_re_export_is_found_at_the_files_that_define_the_names() {
    let found = circles(&[
        ("lib.rs", "mod engine; mod b;"),
        ("engine/mod.rs", "mod inner; pub(crate) use inner::Inner as Renamed;"),
        ("engine/inner.rs", "use crate::b::B; pub struct Inner;"),
        ("b.rs", "use crate::engine::Renamed; pub struct B(Renamed);"),
    ]);
    assert_eq!(found, [["engine/inner.rs → b.rs: B", "b.rs → engine/inner.rs: Inner"]]);
}

#[test]
fn a_folder_file_that_needs_what_it_passes_on_is_in_a_circle_with_a_child_that_needs_it() {
    let passes_on = "mod inner; pub use inner::Inner; pub struct Outer;";
    let inner = ("a/inner.rs", "use super::Outer; pub struct Inner;");
    assert!(circles(&[("lib.rs", "mod a;"), ("a/mod.rs", passes_on), inner]).is_empty());
    let needs = format!("{passes_on} fn f(inner: Inner) {{}}");
    let found = circles(&[("lib.rs", "mod a;"), ("a/mod.rs", &needs), inner]);
    assert_eq!(
        found,
        [["a/mod.rs → a/inner.rs: Inner", "a/inner.rs → a/mod.rs: Outer"]]
    );
}

#[test]
fn a_glob_of_the_parent_is_an_import_of_it_and_of_what_it_passes_on() {
    let found = circles(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; mod c; pub use c::C; fn f() { b::run() }"),
        ("a/b.rs", "use super::*; pub fn run(c: C) {}"),
        ("a/c.rs", "pub struct C; fn f() { super::b::run() }"),
    ]);
    assert_eq!(
        found,
        [[
            "a/mod.rs → a/b.rs: run",
            "a/b.rs → a/mod.rs: *",
            "a/b.rs → a/c.rs: C",
            "a/c.rs → a/b.rs: run"
        ]]
    );
}

#[test]
fn paths_in_macros_attributes_and_functions_count() {
    for code in [
        "fn f() { assert!(matches!(1, x if crate::b::is(x))); }",
        "#[derive(Serialize)] struct S { #[serde(with = \"crate::b\")] x: X, #[serde(default = \"crate::b::is\")] y: X }",
        "fn f() { use crate::b; b::is(1); }",
        "macro_rules! m { () => { $crate::b::is(1) } }",
        "mod inner { fn f() { super::super::b::is(1) } }",
        "fn f<T: Into<crate::b::B>>() -> impl Fn(T) { x.collect::<Vec<_>>() }",
    ] {
        let a = format!("{code} pub struct A;");
        let found = circles(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", &a),
            ("b.rs", "use crate::a::A; pub fn is() {} pub struct B;"),
        ]);
        assert_eq!(found.len(), 1, "{code}");
    }
}

#[test]
fn a_module_and_a_function_of_one_name_are_told_apart() {
    let found = circles(&[
        ("lib.rs", "mod text; mod b;"),
        ("text/mod.rs", "mod text; pub use text::text; pub mod other;"),
        ("text/text.rs", "use crate::b::B; pub fn text() {}"),
        ("text/other.rs", "pub fn other() {}"),
        (
            "b.rs",
            "use crate::text; pub struct B; fn f() { text::other::other(); }",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn tests_and_other_crates_are_left_out() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b; #[cfg(all(test, unix))] mod tests;"),
        ("tests.rs", "use crate::a::A;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "pub struct B; #[cfg(test)] mod tests { use crate::a::A; } #[cfg(test)] use crate::a; \
             use serde::a::A; fn f() { ::a::A } #[cfg(test)] fn g(a: super::a::A) {} \
             #[cfg(any(test, fuzzing))] mod fuzz { use crate::a::A; } // use crate::a::A;",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn an_import_of_a_folder_above_runs_up() {
    let files = |text| {
        [
            ("lib.rs", "mod serve; mod text;"),
            ("serve.rs", "pub mod chat { pub struct Chat; }"),
            ("text.rs", text),
        ]
    };
    for text in [
        "use crate::serve::chat::Chat;",
        "use crate::serve::chat;",
        "use super::{serve as s};",
    ] {
        assert_eq!(upward(&files(text)).len(), 1, "{text}");
    }
    assert_eq!(
        upward(&files("fn f() { crate::serve::chat::Chat; }")),
        ["text.rs → serve.rs: Chat"]
    );
}

#[test]
fn an_import_of_a_sub_folder_above_runs_up() {
    let found = upward(&[
        ("lib.rs", "mod engine;"),
        ("engine/mod.rs", "mod llama; mod onnx;"),
        ("engine/llama/mod.rs", "pub mod load;"),
        (
            "engine/llama/load.rs",
            "pub fn load() { super::super::onnx::session::Session; }",
        ),
        ("engine/onnx/mod.rs", "pub mod session;"),
        (
            "engine/onnx/session.rs",
            "use super::super::llama::load::load; pub struct Session;",
        ),
    ]);
    assert_eq!(found, ["engine/onnx/session.rs → engine/llama/load.rs: load"]);
}

#[test]
fn a_name_from_below_that_is_taken_through_a_folder_above_runs_up() {
    let found = upward(&[
        ("lib.rs", "mod serve; mod engine; mod text;"),
        ("serve.rs", "pub use crate::text::Text;"),
        ("engine.rs", "use crate::serve::Text;"),
        ("text.rs", "pub struct Text;"),
    ]);
    assert_eq!(found, ["engine.rs → serve.rs: Text"]);
}

#[test]
fn a_folder_that_nobody_has_given_a_place_is_found() {
    let graph = graph(&[
        ("lib.rs", "mod engine; mod new;"),
        ("new.rs", ""),
        ("engine/mod.rs", "mod other; mod file;"),
        ("engine/file.rs", ""),
        ("engine/other/mod.rs", "mod inner;"),
        ("engine/other/inner/mod.rs", ""),
    ]);
    assert_eq!(
        graph.without_place(ORDERS),
        [
            "`inner` has no place in the order of `src/engine/other`",
            "`new` has no place in the order of `src/`",
            "`other` has no place in the order of `src/engine`"
        ]
    );
}
