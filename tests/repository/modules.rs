//! The modules of the package `convene`, and which of them each one imports.
//!
//! An import is a `use` declaration or a path in the code, such as `super::item::Item`. It counts as an import of the file that
//! declares the item. A re-export (`pub use`) is followed to that file. It is an import itself only if the re-exporting file also
//! uses the name; so a `mod.rs` that only declares and re-exports neither imports nor is imported.
//!
//! Code under `#[cfg(test)]` does not count, nor do arguments of macros that are not expressions.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{Attribute, Expr, Item, ItemUse, Macro, Token, UseTree, Visibility, punctuated::Punctuated, visit::Visit};

use crate::files::{read, root};

/// Segments below the crate's root: `["store", "item"]`.
type ModulePath = Vec<String>;

/// The modules of a crate, by their paths. The root is the empty path.
pub struct Modules(BTreeMap<ModulePath, Module>);

struct Module {
    file: PathBuf,
    /// Names that `pub use` gives to paths.
    reexports: BTreeMap<String, ModulePath>,
    /// Paths from the crate's root of what the code names.
    used: Vec<ModulePath>,
}

/// Files by the files that they import.
pub type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

impl Modules {
    /// Parses a crate from its root file.
    pub fn parse(file: &Path) -> Self {
        let mut modules = Self(BTreeMap::new());
        let folder = file.parent().expect("a folder");
        modules.add(file.to_owned(), folder, Vec::new());
        modules
    }

    /// `folder`: where the files of the module's children are.
    fn add(&mut self, file: PathBuf, folder: &Path, path: ModulePath) {
        let syntax = syn::parse_file(&read(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let items: Vec<_> = syntax.items.iter().filter(|item| !is_test(attributes(item))).collect();
        let children: BTreeSet<_> = items.iter().filter_map(|item| child(item)).collect();
        for name in &children {
            let (flat, nested) = (folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs"));
            let is_flat = root().join(&flat).exists();
            let path = path.iter().cloned().chain([name.clone()]).collect();
            self.add(if is_flat { flat } else { nested }, &folder.join(name), path);
        }
        let mut names = Names::default();
        for item in items {
            names.visit_item(item);
        }
        let (reexports, used) = names.resolve(&path, &children);
        self.0.insert(path, Module { file, reexports, used });
    }

    /// The files that each file imports, other than itself.
    pub fn imports(&self) -> Imports {
        let imported = |module: &Module| {
            let declaring = module.used.iter().filter_map(|path| self.declaring(path));
            declaring.filter(|file| **file != module.file).cloned().collect()
        };
        self.0.values().map(|module| (module.file.clone(), imported(module))).collect()
    }

    /// The file that declares what a path names. `None`: a module, of which nothing is named, or another crate's item.
    fn declaring(&self, path: &[String]) -> Option<&PathBuf> {
        let mut module = Vec::new();
        for (position, name) in path.iter().enumerate() {
            module.push(name.clone());
            if self.0.contains_key(&module) {
                continue;
            }
            module.pop();
            let found = &self.0[&module];
            return match found.reexports.get(name) {
                Some(target) => {
                    let rest = &path[position + 1..];
                    self.declaring(&[target, rest].concat())
                }
                None => Some(&found.file),
            };
        }
        None
    }
}

fn child(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) => {
            assert!(module.content.is_none(), "mod {} must be a file of its own", module.ident);
            Some(module.ident.to_string())
        }
        _ => None,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// What a module's code names, as written.
#[derive(Default)]
struct Names {
    imports: Vec<Import>,
    /// Paths in the code, of one segment or more.
    paths: Vec<Vec<String>>,
}

struct Import {
    name: String,
    path: Vec<String>,
    is_reexport: bool,
}

impl Names {
    /// Re-exports by name, and what the module uses, with paths from the crate's root.
    fn resolve(
        self,
        module: &[String],
        children: &BTreeSet<String>,
    ) -> (BTreeMap<String, ModulePath>, Vec<ModulePath>) {
        let named: BTreeMap<_, _> = self.imports.iter().map(|import| (&import.name, &import.path)).collect();
        let absolute = |path: &[String]| -> Option<ModulePath> {
            let mut path = path.to_vec();
            // The first segment may be a name that another import declares.
            for _ in 0..2 {
                if let Some(imported) = named.get(&path[0]).filter(|imported| imported[0] != path[0]) {
                    path = [imported.as_slice(), &path[1..]].concat();
                }
            }
            let (base, rest) = match path[0].as_str() {
                "crate" => (&[][..], &path[1..]),
                "self" => (module, &path[1..]),
                "super" => {
                    let levels = path.iter().take_while(|name| *name == "super").count();
                    (&module[..module.len().checked_sub(levels)?], &path[levels..])
                }
                name if children.contains(name) => (module, &path[..]),
                _ => return None,
            };
            Some([base, rest].concat())
        };
        let mut used: Vec<_> = self.paths.iter().filter_map(|path| absolute(path)).collect();
        let mut reexports = BTreeMap::new();
        for Import { name, path, is_reexport } in &self.imports {
            match absolute(path) {
                Some(path) if *is_reexport => drop(reexports.insert(name.clone(), path)),
                Some(path) => used.push(path),
                None => {}
            }
        }
        (reexports, used)
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &[String], is_reexport: bool) {
        let with = |ident: &syn::Ident| [prefix, &[ident.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(path) => return self.add_tree(&path.tree, &with(&path.ident), is_reexport),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.add_tree(tree, prefix, is_reexport));
            }
            UseTree::Name(name) if name.ident == "self" => (prefix.last().expect("a path").clone(), prefix.to_vec()),
            UseTree::Name(name) => (name.ident.to_string(), with(&name.ident)),
            UseTree::Rename(rename) => (rename.rename.to_string(), with(&rename.ident)),
            UseTree::Glob(_) if matches!(prefix[0].as_str(), "crate" | "self" | "super") => {
                panic!("{}::* hides what is imported", prefix.join("::"))
            }
            UseTree::Glob(_) => return,
        };
        self.imports.push(Import { name, path, is_reexport });
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.add_tree(&item.tree, &[], is_reexport);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        if let Ok(arguments) = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            arguments.iter().for_each(|argument| Visit::visit_expr(self, argument));
        }
    }

    // A visibility such as `pub(super)` is not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
