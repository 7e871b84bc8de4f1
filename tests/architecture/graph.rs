//! The imports between the files of a tree, with every name resolved to the file that defines it. Finds imports that violate an
//! order, and circles.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::tree::{Mention, Name, Names, Tree};

/// For a folder, its modules from top to bottom. A module may import those below it and none above.
pub type Orders<'a> = &'a [(&'a str, &'a [&'a str])];

/// An import: one file uses a name of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: usize,
    to: usize,
    name: String,
}

/// The name used when a module itself is imported. Such an import alone is no dependency; the names used through it count.
const MODULE: &str = "the module";

#[derive(Debug, Default)]
pub struct Graph {
    files: Vec<PathBuf>,
    /// Imports of names that a file's code needs.
    needs: BTreeSet<Arrow>,
    /// Imports of modules that a file names or resolves a path through, whether it needs them or not.
    touches: BTreeSet<Arrow>,
}

/// What a path resolves to.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Module(Names),
    Item { file: usize, module: Names, name: String },
}

/// The resolution of one path.
#[derive(Default)]
struct Search {
    /// Names already looked up, each with its module, so that circular re-exports end.
    seen: HashSet<(Names, Names)>,
    /// The modules that re-exported the name.
    via: BTreeSet<Names>,
}

impl Graph {
    pub fn of(tree: &Tree) -> Graph {
        let mut graph = Graph {
            files: tree.files.clone(),
            ..Graph::default()
        };
        for (path, module) in &tree.modules {
            for mention in &module.mentions {
                graph.add(tree, path, module.file, mention);
            }
        }
        graph.needs.retain(|arrow| arrow.from != arrow.to);
        graph.touches.retain(|arrow| arrow.from != arrow.to);
        graph
    }

    fn add(&mut self, tree: &Tree, module: &Names, from: usize, mention: &Mention) {
        let mut search = Search::default();
        for found in search.from(tree, module, &mention.path) {
            let (to, name, target) = match found {
                Found::Item { file, module, name } => (file, name, module),
                Found::Module(path) => {
                    let name = if mention.is_glob { "*" } else { MODULE };
                    (tree.modules[&path].file, name.to_owned(), path)
                }
            };
            // A folder's own file exists to re-export what its sub-modules define.
            if mention.is_re_export && target.len() > module.len() && target.starts_with(module) {
                continue;
            }
            let arrow = |to: usize| Arrow {
                from,
                to,
                name: name.clone(),
            };
            if name != MODULE {
                self.needs.insert(arrow(to));
            }
            self.touches.insert(arrow(to));
            // Re-exports of a folder's own file from its sub-modules are no detour.
            let around = search.via.iter().filter(|via| !target.starts_with(via));
            self.touches.extend(around.map(|via| arrow(tree.modules[via].file)));
        }
    }

    /// Number of imports.
    pub fn count(&self) -> usize {
        self.needs.len()
    }

    fn told(&self, arrow: &Arrow) -> String {
        let [from, to] = [arrow.from, arrow.to].map(|file| self.files[file].display());
        format!("{from} → {to}: {}", arrow.name)
    }

    /// Imports from a module to one above it in the order of their folder.
    pub fn upward(&self, orders: Orders) -> Vec<String> {
        let wrong = self.touches.iter().filter(|arrow| {
            let (folder, from, to) = parting(&self.files[arrow.from], &self.files[arrow.to]);
            let Some((_, order)) = orders.iter().find(|(name, _)| Path::new(name) == folder) else {
                return false;
            };
            let rank = |module: &str| order.iter().position(|name| *name == module);
            matches!((rank(&from), rank(&to)), (Some(from), Some(to)) if to < from)
        });
        wrong.map(|arrow| self.told(arrow)).collect()
    }

    /// Folders with sub-folders but without an order, and folders missing in an order. In the top folder, files must be listed
    /// too.
    pub fn without_place(&self, orders: Orders) -> Vec<String> {
        let mut missing = BTreeSet::new();
        for file in &self.files {
            let names: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
            for depth in 1..=names.len() {
                let (name, is_folder) = (names[depth - 1], depth < names.len());
                let name = name.trim_end_matches(".rs");
                if name == "lib" || !is_folder && depth > 1 {
                    continue;
                }
                let folder = names[..depth - 1].join("/");
                let order = orders.iter().find(|order| order.0 == folder);
                if !order.is_some_and(|(_, order)| order.contains(&name)) {
                    missing.insert(format!("`{name}` has no place in the order of `src/{folder}`"));
                }
            }
        }
        missing.into_iter().collect()
    }

    /// Files that import each other, directly or indirectly, with the imports among them.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut next: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for arrow in &self.needs {
            next.entry(arrow.from).or_default().insert(arrow.to);
        }
        let reached: Vec<BTreeSet<usize>> = (0..self.files.len()).map(|file| reached(&next, file)).collect();
        let mut circles: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
        for (file, others) in reached.iter().enumerate() {
            let circle: BTreeSet<usize> = others
                .iter()
                .copied()
                .filter(|other| reached[*other].contains(&file))
                .collect();
            if !circle.is_empty() {
                circles.insert(circle);
            }
        }
        let within = |circle: &BTreeSet<usize>| {
            let arrows = self.needs.iter();
            let arrows = arrows.filter(|arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to));
            arrows.map(|arrow| self.told(arrow)).collect()
        };
        circles.iter().map(within).collect()
    }
}

/// Every file that can be reached from one; the file itself only if it is in a circle.
fn reached(next: &BTreeMap<usize, BTreeSet<usize>>, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for &other in next.get(&file).into_iter().flatten() {
            if reached.insert(other) {
                open.push(other);
            }
        }
    }
    reached
}

/// The deepest folder that contains both files, and the two modules of it that they belong to.
fn parting(from: &Path, to: &Path) -> (PathBuf, String, String) {
    let common: PathBuf = from
        .iter()
        .zip(to.iter())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect();
    let module = |path: &Path| {
        let first = path.strip_prefix(&common).ok().and_then(|rest| rest.iter().next());
        first
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .trim_end_matches(".rs")
            .to_owned()
    };
    (common.clone(), module(from), module(to))
}

impl Search {
    /// What a path written in `module` resolves to. Empty when it leads out of the crate.
    fn from(&mut self, tree: &Tree, module: &Names, path: &[String]) -> Vec<Found> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        match first.as_str() {
            "crate" => self.below(tree, &Vec::new(), rest),
            "self" => self.below(tree, module, rest),
            "super" => match module.split_last() {
                // Another `super` may follow.
                Some((_, parent)) if rest.first().is_some_and(|next| next == "super") => {
                    self.from(tree, &parent.to_vec(), rest)
                }
                Some((_, parent)) => self.below(tree, &parent.to_vec(), rest),
                None => Vec::new(),
            },
            _ => self.below(tree, module, path),
        }
    }

    /// What a path that begins with a name in `module` resolves to.
    fn below(&mut self, tree: &Tree, module: &Names, path: &[String]) -> Vec<Found> {
        let Some((first, rest)) = path.split_first() else {
            return vec![Found::Module(module.clone())];
        };
        if !self.seen.insert((module.clone(), path.to_vec())) {
            return Vec::new();
        }
        let here = &tree.modules[module];
        let mut found = Vec::new();
        for name in here.names.get(first).into_iter().flatten() {
            match name {
                Name::Module => found.push(Found::Module([module.as_slice(), std::slice::from_ref(first)].concat())),
                Name::Item => found.push(Found::Item {
                    file: here.file,
                    module: module.clone(),
                    name: first.clone(),
                }),
                Name::Import(target) => {
                    let imported = self.from(tree, module, target);
                    if !imported.is_empty() {
                        self.via.insert(module.clone());
                    }
                    found.extend(imported);
                }
            }
        }
        if found.is_empty() {
            for glob in &here.globs {
                for target in self.from(tree, module, glob) {
                    if let Found::Module(target) = target {
                        found.extend(self.below(tree, &target, std::slice::from_ref(first)));
                    }
                }
            }
        }
        if rest.is_empty() {
            return found;
        }
        // If more segments follow, the name is a module. If not, it may be a type, and the rest names an item of the type.
        let modules: Vec<&Names> = found
            .iter()
            .filter_map(|found| match found {
                Found::Module(path) => Some(path),
                Found::Item { .. } => None,
            })
            .collect();
        if modules.is_empty() {
            return found;
        }
        modules
            .into_iter()
            .flat_map(|path| self.below(tree, path, rest))
            .collect()
    }
}
