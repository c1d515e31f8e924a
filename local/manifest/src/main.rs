//! `cargo generate`: writes what is generated from `functions/*/functions.yaml`.

use std::{path::Path, process::ExitCode};

use clap::Parser;
use convene_manifest::{Error, Repository};

/// Writes everything that is generated from functions/*/functions.yaml: the functions and roles
/// in template.yaml, the packages and routes in Cargo.toml, the tables and commands in the
/// documents, and an event for each function that has none.
#[derive(Debug, Parser)]
#[command(name = "cargo generate", bin_name = "cargo generate", version, verbatim_doc_comment)]
struct Arguments {
    /// Write nothing, and fail if anything is out of date
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = Repository::load(package.ancestors().nth(2).unwrap_or(package))?;
    if !arguments.check {
        for file in repository.write()? {
            eprintln!("wrote {file}");
        }
        for endpoint in repository.undescribed() {
            eprintln!("{endpoint}: write the description anew (CONTRIBUTING.md), and run cargo generate again");
        }
        return Ok(if repository.undescribed().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let differences = repository.differences()?;
    for difference in &differences {
        eprintln!("{difference}: run cargo generate");
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
