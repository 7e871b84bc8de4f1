//! Parses a source tree into modules: the names that each defines, and the paths that its code mentions. Leaves tests out and
//! judges nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, LitStr, Meta, Token, UseTree, Visibility};

/// The segments of a path: for a module, starting at the crate's root; for a mention, as written.
pub type Names = Vec<String>;

/// Returns the text of a file, or `None` if it does not exist.
pub type Load<'a> = dyn Fn(&Path) -> Option<String> + 'a;

/// The modules of a crate.
#[derive(Debug, Default)]
pub struct Tree {
    /// Paths of the files, relative to the crate's root file.
    pub files: Vec<PathBuf>,
    pub modules: HashMap<Names, Module>,
    /// Files of test-only modules.
    pub of_tests: Vec<PathBuf>,
}

/// A module, in a file of its own or inline.
#[derive(Debug, Default)]
pub struct Module {
    /// Index of its file in [`Tree::files`].
    pub file: usize,
    /// One name can stand for both a module and a function.
    pub names: HashMap<String, Vec<Name>>,
    /// Paths of `use …::*`.
    pub globs: Vec<Names>,
    pub mentions: Vec<Mention>,
}

/// What a name in a module refers to.
#[derive(Debug, Clone, PartialEq)]
pub enum Name {
    Module,
    Item,
    Import(Names),
}

/// A path in a module's code.
#[derive(Debug, PartialEq)]
pub struct Mention {
    pub path: Names,
    /// Whether it is a re-export (`pub use`).
    pub is_re_export: bool,
    /// Whether it ends in `*`.
    pub is_glob: bool,
}

impl Tree {
    /// Reads `lib.rs` and every module it declares.
    pub fn read(load: &Load) -> Tree {
        let mut tree = Tree::default();
        tree.read_file(Vec::new(), PathBuf::from("lib.rs"), Path::new(""), load);
        tree
    }

    /// `folder` is the directory of the module's children.
    fn read_file(&mut self, path: Names, file: PathBuf, folder: &Path, load: &Load) {
        let text = load(&file).unwrap_or_else(|| panic!("{} is declared and missing", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.files.push(file);
        self.read_module(path, self.files.len() - 1, folder, &parsed.items, load);
    }

    fn read_module(&mut self, path: Names, file: usize, folder: &Path, items: &[Item], load: &Load) {
        let mut module = Module {
            file,
            ..Module::default()
        };
        for item in items {
            let Item::Mod(child) = item else {
                if let Some(name) = name(item) {
                    module.add(name, Name::Item);
                }
                module.visit_item(item);
                continue;
            };
            let name = child.ident.unraw().to_string();
            let below = folder.join(&name);
            let beside = self.files[file].parent().expect("a file has a folder").to_owned();
            let file_of_child = || {
                if let Some(stated) = stated_file(&child.attrs) {
                    return beside.join(stated);
                }
                let flat = folder.join(format!("{name}.rs"));
                if load(&flat).is_some() {
                    flat
                } else {
                    below.join("mod.rs")
                }
            };
            if is_for_tests(&child.attrs) {
                if child.content.is_none() {
                    self.of_tests.push(file_of_child());
                }
                continue;
            }
            module.add(name.clone(), Name::Module);
            let child_path = [path.clone(), vec![name.clone()]].concat();
            match &child.content {
                Some((_, items)) => self.read_module(child_path, file, &below, items, load),
                None => self.read_file(child_path, file_of_child(), &below, load),
            }
        }
        self.modules.insert(path, module);
    }
}

impl Module {
    fn add(&mut self, name: String, stands_for: Name) {
        self.names.entry(name).or_default().push(stands_for);
    }

    fn mention(&mut self, path: Names) {
        self.mentions.push(Mention {
            path,
            is_re_export: false,
            is_glob: false,
        });
    }

    /// Splits a `use` into its paths; `before` is the prefix in front of the braces.
    fn import(&mut self, tree: &UseTree, before: &[String], is_re_export: bool) {
        let with = |name: &Ident| [before, &[name.unraw().to_string()]].concat();
        let (path, alias) = match tree {
            UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), is_re_export),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, is_re_export);
                }
                return;
            }
            UseTree::Name(name) if name.ident == "self" => (before.to_vec(), before.last().cloned()),
            UseTree::Name(name) => (with(&name.ident), Some(name.ident.unraw().to_string())),
            UseTree::Rename(rename) if rename.ident == "self" => (before.to_vec(), Some(rename.rename.to_string())),
            UseTree::Rename(rename) => (with(&rename.ident), Some(rename.rename.to_string())),
            UseTree::Glob(_) => (before.to_vec(), None),
        };
        let is_glob = alias.is_none();
        match alias {
            Some(alias) => self.add(alias, Name::Import(path.clone())),
            None => self.globs.push(path.clone()),
        }
        self.mentions.push(Mention {
            path,
            is_re_export,
            is_glob,
        });
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            let is_re_export = !matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, &[], is_re_export);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names: Names = path
                .segments
                .iter()
                .map(|part| part.ident.unraw().to_string())
                .collect();
            // A single lower-case word may be a variable; a function's name counts only when it is called.
            if names.len() > 1 || names[0].starts_with(char::is_uppercase) {
                self.mention(names);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && let Some(name) = function.path.get_ident()
        {
            self.mention(vec![name.unraw().to_string()]);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        for path in paths_of(&called.tokens.to_string()) {
            self.mention(path);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            for path in paths_of(&list.tokens.to_string()) {
                self.mention(path);
            }
        }
    }

    /// `pub(super)` is no dependency.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}

/// The paths in the tokens of a macro or an attribute, including those in strings such as `with = "crate::dates"`.
fn paths_of(tokens: &str) -> Vec<Names> {
    paths_in.parse_str(tokens).expect("what was parsed once parses again")
}

fn paths_in(input: ParseStream) -> syn::Result<Vec<Names>> {
    let mut paths = Vec::new();
    while !input.is_empty() {
        let inner;
        if input.peek(syn::token::Paren) {
            syn::parenthesized!(inner in input);
            paths.extend(paths_in(&inner)?);
        } else if input.peek(syn::token::Bracket) {
            syn::bracketed!(inner in input);
            paths.extend(paths_in(&inner)?);
        } else if input.peek(syn::token::Brace) {
            syn::braced!(inner in input);
            paths.extend(paths_in(&inner)?);
        } else if input.peek(Token![::]) {
            // A path into another crate.
            input.parse::<Token![::]>()?;
            if input.peek(Ident::peek_any) {
                path_in(input)?;
            }
        } else if input.peek(Ident::peek_any) {
            paths.push(path_in(input)?);
        } else if input.peek(LitStr) {
            paths.extend(path_of_text(&input.parse()?));
        } else {
            input.step(|cursor| {
                let (_, rest) = cursor.token_tree().ok_or_else(|| cursor.error("no token"))?;
                Ok(((), rest))
            })?;
        }
    }
    paths.retain(|path| path.len() > 1 || path[0].starts_with(char::is_uppercase));
    Ok(paths)
}

fn path_in(input: ParseStream) -> syn::Result<Names> {
    let mut path = vec![input.call(Ident::parse_any)?.unraw().to_string()];
    while input.peek(Token![::]) && input.peek3(Ident::peek_any) {
        input.parse::<Token![::]>()?;
        path.push(input.call(Ident::parse_any)?.unraw().to_string());
    }
    Ok(path)
}

/// A string that is a path, from the crate's root or relative to the module.
fn path_of_text(text: &LitStr) -> Option<Names> {
    let path: syn::Path = text.parse().ok()?;
    let names: Names = path
        .segments
        .iter()
        .map(|part| part.ident.unraw().to_string())
        .collect();
    ["crate", "self", "super"].contains(&names[0].as_str()).then_some(names)
}

/// Whether the item exists in builds for tests and the fuzzer only: `#[cfg(test)]`, `#[cfg(all(test, …))]` or
/// `#[cfg(any(test, fuzzing))]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(|condition| asks_for_tests(&condition))
    })
}

fn asks_for_tests(condition: &Meta) -> bool {
    match condition {
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|all| all.iter().any(asks_for_tests)),
        Meta::List(list) if list.path.is_ident("any") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|any| any.iter().all(asks_for_tests)),
        condition => {
            let path = condition.path();
            (path.is_ident("test") || path.is_ident("fuzzing")) && matches!(condition, Meta::Path(_))
        }
    }
}

/// The file named in `#[path = "…"]`.
fn stated_file(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(stated) if stated.path.is_ident("path") => match &stated.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(file),
                ..
            }) => Some(file.value()),
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item defines in its module.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    (!is_for_tests(attributes(item))).then(|| ident.unraw().to_string())
}
