//! House rules on what may be named where. Which module may import which is in [`layering`](crate::layering).

use std::path::Path;

use crate::files::{files, read};

/// The code of a file without comments, line by line with its number. A rule is about code: words may be in comments.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = read(path);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number + 1, line.to_owned())).collect()
}

/// Fails where a folder's code has one of these words, unless the file is below one of the exceptions.
#[track_caller]
fn forbid(folders: &[&str], words: &[&str], except: &[&str], rule: &str) {
    let mut searched = 0;
    for path in folders.iter().flat_map(|folder| files(folder, "rs")) {
        if except.iter().any(|exception| path.starts_with(exception)) {
            continue;
        }
        searched += 1;
        for (number, line) in code(&path) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                panic!("{}:{number} has {word}, but {rule}: {line}", path.display());
            }
        }
    }
    assert!(searched > 0, "{folders:?} have no code");
}

#[test]
fn the_domain_and_the_slot_engine_do_no_io() {
    let io = [
        "tokio",
        "reqwest",
        "hyper",
        "aws_sdk",
        "aws_config",
        "lambda_",
        "axum",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::io",
        "tracing",
        "SystemTime::now",
        "Utc::now",
        "Instant::now",
        "async fn",
    ];
    forbid(&["shared/src/domain", "shared/src/slots"], &io, &[], "domain and slots perform no I/O");
}

/// What is compared with Microsoft's times goes by the machine's clock, and so may unit tests.
#[test]
fn the_time_of_day_comes_from_the_clock_of_the_services() {
    let except = ["shared/src/clock.rs", "shared/src/calendar/graph"];
    let paths = ["shared/src", "functions"].into_iter().flat_map(|folder| files(folder, "rs"));
    let paths =
        paths.filter(|path| !path.ends_with("tests.rs") && !except.iter().any(|except| path.starts_with(except)));
    let mut searched = 0;
    for path in paths {
        let text = read(&path);
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for word in ["Utc::now", "SystemTime::now", "Local::now", "Timestamp::now"] {
            assert!(!code.contains(word), "{} has {word}: Services::now is the time of day", path.display());
        }
        searched += 1;
    }
    assert!(searched > 100, "{searched} files");
}

#[test]
fn only_the_store_knows_dynamodb() {
    let types = [
        "AttributeValue",
        "aws_sdk_dynamodb::types",
        "aws_sdk_dynamodb::operation",
        "condition_expression",
        "update_expression",
    ];
    forbid(&["shared/src", "functions"], &types, &["shared/src/store"], "only the store knows tables and attributes");
    let crate_name = ["aws_sdk_dynamodb"];
    let exceptions = ["shared/src/store", "shared/src/services.rs"];
    forbid(&["shared/src", "functions"], &crate_name, &exceptions, "only services makes clients, for the store");
}

#[test]
fn only_secrets_knows_secrets_manager() {
    let exceptions = ["shared/src/secrets", "shared/src/services.rs"];
    forbid(
        &["shared/src", "functions"],
        &["aws_sdk_secretsmanager"],
        &exceptions,
        "only secrets knows Secrets Manager",
    );
}

#[test]
fn only_the_graph_client_knows_microsoft() {
    let hosts = ["graph.microsoft", "microsoftgraph", "microsoftonline", "chinacloudapi"];
    let exceptions = ["shared/src/calendar/graph", "shared/src/domain/cloud.rs"];
    forbid(&["shared/src", "functions"], &hosts, &exceptions, "only calendar::graph knows Microsoft's addresses");
}

#[test]
fn few_call_over_http() {
    let exceptions = [
        "shared/src/http.rs",
        "shared/src/aws.rs",
        "shared/src/calendar/graph",
        // CloudFormation waits for an answer at a URL of its own.
        "functions/operations",
    ];
    forbid(
        &["shared/src", "functions"],
        &["reqwest"],
        &exceptions,
        "only calendar::graph and the AWS SDK call over HTTP",
    );
    let (sdk, aws) = (["aws_smithy"], ["shared/src/aws.rs", "shared/src/aws"]);
    forbid(&["shared/src", "functions"], &sdk, &aws, "only aws knows how the SDK is made");
}

#[test]
fn scheduling_does_not_know_lambda() {
    forbid(&["shared/src/scheduling"], &["lambda_"], &[], "only edge knows Lambda");
}

#[test]
fn calendar_depends_on_no_layer_above_it() {
    let above = ["crate::auth", "crate::edge", "crate::scheduling", "crate::services", "crate::store"];
    forbid(&["shared/src/calendar"], &above, &[], "calendar states the ports it needs, and others implement them");
}

#[test]
fn a_binary_names_its_handler_and_runs_it() {
    let binaries = files("functions", "rs")
        .into_iter()
        .filter(|path| path.parent().is_some_and(|folder| folder.ends_with("src/bin")));
    for binary in binaries {
        let lines = code(&binary).into_iter().filter(|(_, line)| !line.trim().is_empty()).count();
        assert!(lines <= 10, "{} does more than that", binary.display());
        let name = binary.file_stem().and_then(|name| name.to_str()).expect("a name");
        let first = format!("//! The Lambda function `{name}`.\n");
        assert!(read(&binary).starts_with(&first), "{} does not say what it is", binary.display());
    }
}
