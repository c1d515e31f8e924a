//! The command line: what it says of itself, and how it refuses.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

fn run(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convene-local"));
    command.args(arguments).current_dir(folder).output().expect("a process")
}

fn refused(arguments: &[&str], folder: &Path) -> String {
    let output = run(arguments, folder);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn help_explains_every_flag() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["--help"], folder.path());
    let help = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{help}");
    for flag in [
        "--port",
        "--calendars-port",
        "--allow-host",
        "--allow-origin",
        "--data-dir",
        "--ephemeral",
        "--reset",
        "--backends-only",
        "--single-tenant",
        "--ready-file",
    ] {
        assert!(help.contains(flag), "{flag} is missing in:\n{help}");
    }
    assert!(help.contains("Usage: cargo local") && !help.contains("--template"), "{help}");
}

#[test]
fn a_port_in_use_is_said_before_anything_is_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port().to_string();
    for flags in [&["--port", &port] as &[_], &["--port", "0", "--calendars-port", &port]] {
        let error = refused(&[flags, &["--ready-file", "ready.json"]].concat(), folder.path());
        let flag = flags[flags.len() - 2];
        assert!(error.contains(&format!("port {port} is in use; choose another with {flag}")), "{error}");
    }
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "something was written");
}

#[test]
fn a_template_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = refused(&["--port", "0", "--template", "nowhere.yaml"], folder.path());
    assert!(error.contains("nowhere.yaml: cannot be read"), "{error}");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "something was written");
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let names = ["credentials.json", "lock", "secrets.json"];
    for name in names {
        std::fs::write(place.path().join(name), "theirs").expect("written");
    }
    for more in [&[] as &[_], &["--reset"]] {
        let arguments = [&["--port", "0", "--data-dir", ".", "--ready-file", "ready.json"], more].concat();
        let error = refused(&arguments, place.path());
        assert!(error.contains("holds files") && error.contains("choose a new or an empty folder"), "{error}");
    }
    let entries = place.path().read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut left: Vec<_> = entries.collect();
    left.sort();
    assert_eq!(left, names.map(|name| place.path().join(name)));
    assert!(left.iter().all(|path| std::fs::read_to_string(path).expect("text") == "theirs"));
}

#[test]
fn a_text_that_is_not_an_origin_is_refused_with_the_form_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for origin in ["*", "127.0.0.1:3000", "http://127.0.0.1:3000/page"] {
        let output = run(&["--ephemeral", "--allow-origin", origin], folder.path());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8(output.stderr).expect("text");
        assert!(error.contains(&format!("invalid value '{origin}' for '--allow-origin <ORIGIN>'")), "{error}");
        assert!(error.contains("such as http://127.0.0.1:3000 or https://www.example.com"), "{error}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in
        [&["--single-tenant", "Not A Name"] as &[_], &["--ephemeral", "--reset"], &["--ephemeral", "--data-dir", "x"]]
    {
        assert_eq!(run(arguments, folder.path()).status.code(), Some(2), "{arguments:?}");
    }
}
