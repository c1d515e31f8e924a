//! The generated parts of documents for readers: the endpoints, and the commands that build the functions.

use crate::{
    Manifest, OpenApi,
    block::{Block, Mark, Piece},
};

pub(crate) fn blocks(manifest: &Manifest, openapi: &OpenApi) -> Vec<Block> {
    let build = build_command(manifest);
    let deploy = format!("```\npip install cargo-lambda aws-sam-cli\n{build}sam deploy --guided\n```\n");
    let command = |file, text| Block {
        file,
        name: "build",
        named_by: "--package",
        pieces: vec![Piece { about: Vec::new(), text }],
    };
    vec![
        Block { file: "README.md", name: "endpoints", named_by: "| `", pieces: endpoints(manifest, openapi) },
        command("README.md", deploy),
        command("docs/deploying.md", format!("```sh\n{build}```\n")),
    ]
}

fn build_command(manifest: &Manifest) -> String {
    let packages: Vec<_> = manifest.families.iter().map(|family| format!("--package {}", family.package())).collect();
    let options = "cargo lambda build --profile deploy --x86-64 --lambda-dir target/lambda";
    format!("{options} \\\n  {}\n", packages.join(" "))
}

/// The table, with a row for each function that has a described route.
fn endpoints(manifest: &Manifest, openapi: &OpenApi) -> Vec<Piece> {
    let head = "| endpoint | what it does | scope |\n| --- | --- | --- |\n";
    let mut pieces = vec![Piece { about: Vec::new(), text: head.to_owned() }];
    for (family, function) in manifest.functions() {
        let described = |route| Some((route, openapi.operation(route)?));
        let routes: Vec<_> = function.routes.iter().filter_map(described).collect();
        let Some((_, operation)) = routes.first() else { continue };
        let query: Vec<_> = operation.required_query().map(|name| format!("{name}=…")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let scopes: Vec<_> = operation.scopes().into_iter().map(|scope| format!("`{scope}` ")).collect();
        let scopes = scopes.concat();
        let routes: Vec<_> = routes.iter().map(|(route, _)| format!("`{route}{query}`")).collect();
        let found_by = format!("| {} |", routes.join(", "));
        let text = format!("{found_by} {} | {scopes}|\n", function.description);
        pieces.push(Piece { about: vec![Mark { name: function.name.clone(), source: family.file(), found_by }], text });
    }
    pieces
}
