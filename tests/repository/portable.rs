//! `tests/deployed/not_portable.txt` lists the tests of `tests/api` that cannot run against a deployment.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{
    Attribute, Ident, Item, ItemFn, Macro,
    visit::{self, Visit},
};

use crate::files::{files, read};

const FILE: &str = "tests/deployed/not_portable.txt";
const FOLDER: &str = "tests/api";
/// The type that runs functions in the test's own process, without a deployment.
const IN_PROCESS: &str = "InProcess";

/// The words of a function: its identifiers, and those in macros that it calls.
#[derive(Default)]
struct Words(BTreeSet<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.0.insert(ident.to_string());
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        let tokens = called.tokens.to_string();
        let words = tokens.split(|part: char| !part.is_alphanumeric() && part != '_').filter(|word| !word.is_empty());
        self.0.extend(words.map(str::to_owned));
        visit::visit_macro(self, called);
    }
}

struct Function {
    is_test: bool,
    words: BTreeSet<String>,
}

/// The functions of a file, by their names.
fn functions(source: &str) -> BTreeMap<String, Function> {
    let file = syn::parse_file(source).expect("Rust");
    let functions =
        file.items.iter().filter_map(|item| if let Item::Fn(function) = item { Some(function) } else { None });
    let function = |function: &ItemFn| {
        let mut words = Words::default();
        words.visit_signature(&function.sig);
        words.visit_block(&function.block);
        let is_test = |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test");
        let found = Function { is_test: function.attrs.iter().any(is_test), words: words.0 };
        (function.sig.ident.to_string(), found)
    };
    functions.map(function).collect()
}

/// The names of the functions that use [`IN_PROCESS`], directly or through another function of the file.
fn in_process(functions: &BTreeMap<String, Function>) -> BTreeSet<String> {
    let mut found = BTreeSet::from([IN_PROCESS.to_owned()]);
    loop {
        let using = functions.iter().filter(|(_, function)| !function.words.is_disjoint(&found));
        let using: BTreeSet<_> = using.map(|(name, _)| name.clone()).chain([IN_PROCESS.to_owned()]).collect();
        if using == found {
            return using;
        }
        found = using;
    }
}

/// The module of a file: `errors::limits` of `tests/api/errors/limits.rs`.
fn module(path: &Path) -> String {
    let path = path.strip_prefix(FOLDER).expect("a file of tests/api").with_extension("");
    let names = path.iter().map(|name| name.to_str().expect("text")).filter(|name| *name != "mod");
    names.collect::<Vec<_>>().join("::")
}

fn entries(list: &str) -> Vec<&str> {
    list.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty()).collect()
}

fn covers(entry: &str, test: &str) -> bool {
    test == entry || (entry.ends_with("::") && test.starts_with(entry))
}

#[test]
fn tests_that_use_functions_in_process_are_listed_as_not_portable() {
    let list = read(FILE);
    let entries = entries(&list);
    let (mut tests, mut missing) = (Vec::new(), Vec::new());
    for path in files(FOLDER, "rs") {
        let functions = functions(&read(&path));
        let using = in_process(&functions);
        for (name, _) in functions.iter().filter(|(_, function)| function.is_test) {
            let test = format!("{}::{name}", module(&path));
            if using.contains(name) && !entries.iter().any(|entry| covers(entry, &test)) {
                missing.push(test.clone());
            }
            tests.push(test);
        }
    }
    assert!(missing.is_empty(), "{FILE} must list, since they use {IN_PROCESS}:\n  {}", missing.join("\n  "));
    for entry in entries {
        assert!(tests.iter().any(|test| covers(entry, test)), "{FILE}: {entry} is not a test of {FOLDER}");
    }
}

#[test]
fn every_reason_for_not_being_portable_has_tests() {
    let list = read(FILE);
    for block in list.split("\n\n").skip(1) {
        assert!(!entries(block).is_empty(), "{FILE} lists nothing under: {block}");
    }
}

#[test]
fn uses_are_found_in_macros_and_through_other_functions() {
    let functions = functions(
        "fn start() -> u8 { InProcess::start() } fn other() {}
        #[test] fn one() { assert_eq!(start(), 1); }
        #[tokio::test] async fn two() { other(); }
        #[test] fn three() { let functions: InProcess = f(); }",
    );
    assert_eq!(in_process(&functions), ["InProcess", "one", "start", "three"].map(str::to_owned).into());
    assert_eq!(functions.values().filter(|function| function.is_test).count(), 3);
    assert_eq!(module(Path::new("tests/api/errors/mod.rs")), "errors");
}
