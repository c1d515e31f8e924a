//! The generated parts of `Cargo.toml`: the families' packages, and the router of `cargo lambda watch`.

use crate::{
    Family, Function, Manifest,
    block::{Block, Mark, Piece},
};

pub(crate) fn blocks(manifest: &Manifest) -> Vec<Block> {
    let package = |family: &Family, text: String| {
        let found_by = format!("{}.workspace", family.package());
        let found_by = if text.starts_with(&found_by) { found_by } else { format!("{} = ", family.package()) };
        Piece { about: vec![Mark { name: family.name.clone(), source: family.file(), found_by }], text }
    };
    let declared = manifest
        .families
        .iter()
        .map(|family| package(family, format!("{} = {{ path = \"functions/{}\" }}\n", family.package(), family.name)));
    let used =
        manifest.families.iter().map(|family| package(family, format!("{}.workspace = true\n", family.package())));
    vec![
        Block { file: "Cargo.toml", name: "families", named_by: "path = ", pieces: declared.collect() },
        Block { file: "Cargo.toml", name: "router", named_by: "function = ", pieces: router(manifest) },
        Block { file: "local/Cargo.toml", name: "families", named_by: ".workspace", pieces: used.collect() },
    ]
}

/// A piece for each path.
fn router(manifest: &Manifest) -> Vec<Piece> {
    let mut paths = Vec::<(&str, Vec<String>, Vec<Mark>)>::new();
    for (family, function) in manifest.functions() {
        if function.is_fallback() {
            continue;
        }
        for route in &function.routes {
            let found_by = format!("function = \"{}\"", function.name);
            let entry = format!("{{ {found_by}, method = \"{}\" }}", route.method);
            let mark = Mark { name: function.name.clone(), source: family.file(), found_by };
            match paths.iter_mut().find(|(path, ..)| *path == route.path) {
                Some((_, entries, marks)) => {
                    entries.push(entry);
                    marks.push(mark);
                }
                None => paths.push((&route.path, vec![entry], vec![mark])),
            }
        }
    }
    let piece = |(path, entries, about): (&str, Vec<String>, Vec<Mark>)| {
        let entries = match entries.as_slice() {
            [one] => one.clone(),
            several => format!("\n    {},\n", several.join(",\n    ")),
        };
        Piece { about, text: format!("\"{path}\" = [{entries}]\n") }
    };
    paths.into_iter().map(piece).chain(manifest.functions().filter_map(fallback)).collect()
}

/// A function for all methods. cargo-lambda writes the rest of a path as `{*proxy}`.
fn fallback((family, function): (&Family, &Function)) -> Option<Piece> {
    let route = function.routes.first().filter(|_| function.is_fallback())?;
    let found_by = format!("\"{}\"", function.name);
    let text = format!("\"{}\" = {found_by}\n", route.path.replace("{proxy+}", "{*proxy}"));
    Some(Piece { about: vec![Mark { name: function.name.clone(), source: family.file(), found_by }], text })
}
