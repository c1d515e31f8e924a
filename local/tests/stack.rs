//! Whole stacks in this process: several at once, and one after another on the same data.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
};

use convene_local::{Data, Error, Options, Stack, TenantSeed};

/// Asks without a client library: status and body.
fn ask(base: &str, request_line: &str) -> (u16, String) {
    let host = base.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host).expect("a connection");
    write!(connection, "{request_line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn kept(folder: &Path) -> Options {
    Options { data: Data::Folder(folder.to_owned()), ..Options::default() }
}

async fn start(options: Options) -> Stack {
    Stack::start(options).await.expect("a stack")
}

#[tokio::test]
async fn stacks_stand_beside_each_other() {
    let (one, other) = (start(Options::default()).await, start(Options::default()).await);
    for stack in [&one, &other] {
        let api = stack.ready().api.as_deref().expect("an API");
        assert_eq!(ask(api, "GET /nowhere"), (404, r#"{"message":"Not Found"}"#.to_owned()));
        assert_eq!(ask(api, "POST /api/salesforce/scheduler/meeting").0, 401);
        assert_eq!(ask(&stack.ready().calendars.replace("/calendars", ""), "GET /calendars").0, 200);
    }
    assert_ne!(one.ready().api, other.ready().api);
    assert_ne!(one.ready().tenants["contoso"].client_secret, other.ready().tenants["contoso"].client_secret);
    let api = one.ready().api.clone().expect("an API");
    one.stop().await;
    assert!(TcpStream::connect(api.trim_start_matches("http://")).is_err(), "still listening");
    assert_eq!(ask(other.ready().api.as_deref().expect("an API"), "GET /nowhere").0, 404);
}

#[tokio::test]
async fn a_restart_finds_ports_and_credentials_again_and_mints_a_refresh_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = start(kept(folder.path())).await;
    let before = first.ready().clone();
    assert!(matches!(Stack::start(kept(folder.path())).await, Err(Error::DataInUse(_))));
    first.stop().await;

    let second = start(kept(folder.path())).await;
    let mut after = second.ready().clone();
    assert_ne!(before.tenants["contoso"].refresh_token, after.tenants["contoso"].refresh_token);
    for (name, tenant) in &mut after.tenants {
        tenant.refresh_token.clone_from(&before.tenants[name].refresh_token);
    }
    assert_eq!(before.tenants, after.tenants);
    assert_eq!(
        (&before.graph, &before.dynamodb, &before.secretsmanager),
        (&after.graph, &after.dynamodb, &after.secretsmanager)
    );
    second.stop().await;

    let third = start(Options { reset: true, ..kept(folder.path()) }).await;
    assert_ne!(before.tenants["contoso"].client_secret, third.ready().tenants["contoso"].client_secret);
}

/// A port of which this many in a row are free.
fn free_ports(count: u16) -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    // Below those that systems give out by themselves, and another place for each process.
    let first = 20_000 + u16::try_from(std::process::id() % 1000).expect("small") * 10;
    let mut places = (first..30_500).step_by(10);
    places.find(|port| (*port..*port + count).all(is_free)).expect("free ports")
}

#[tokio::test]
async fn the_calendars_are_at_the_port_after_the_apis_or_the_next_free_one() {
    let port = free_ports(4);
    let at = |port: u16| format!("http://127.0.0.1:{port}/calendars");
    let options = || Options { port, ..Options::default() };
    for _ in 0..2 {
        let stack = start(options()).await;
        assert_eq!(stack.ready().calendars, at(port + 1));
        assert_eq!(stack.ready().graph, format!("http://127.0.0.1:{}", port + 1));
        assert_eq!(ask(&stack.ready().graph, "GET /calendars").0, 200);
        stack.stop().await;
    }
    let taken = [port + 1, port + 2].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
    let folder = tempfile::tempdir().expect("a folder");
    let stack = start(Options { data: Data::Folder(folder.path().to_owned()), ..options() }).await;
    assert_eq!(stack.ready().calendars, at(port + 3));
    stack.stop().await;
    drop(taken);
    // A port that had to do once is not kept.
    let stack = start(Options { data: Data::Folder(folder.path().to_owned()), ..options() }).await;
    assert_eq!(stack.ready().calendars, at(port + 1));
    stack.stop().await;
    let stack = start(Options { calendars_port: Some(port + 2), ..options() }).await;
    assert_eq!(stack.ready().calendars, at(port + 2));
    let refused = Stack::start(Options { calendars_port: Some(port + 2), ..Options::default() }).await;
    assert!(matches!(refused, Err(Error::PortInUse { flag: "--calendars-port", .. })));
}

#[tokio::test]
async fn the_ready_file_is_there_while_the_stack_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ready.json");
    let stack = start(Options { ready_file: Some(file.clone()), backends_only: true, ..Options::default() }).await;
    let text = std::fs::read_to_string(&file).expect("a ready file");
    assert_eq!(&serde_json::from_str::<convene_local::Ready>(&text).expect("JSON"), stack.ready());
    let environment = stack.ready().environment.as_ref().expect("an environment");
    let tables = ["MEETINGS_TABLE", "BOOKINGS_TABLE", "TENANTS_TABLE", "GRANTS_TABLE"];
    for name in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_REGION", "SECRET_PREFIX"].into_iter().chain(tables) {
        assert!(environment.contains_key(name), "{name}");
    }
    assert_eq!((environment, stack.ready().api.as_ref()), (stack.environment(), None));
    stack.stop().await;
    assert!(!file.exists());

    let stack = start(Options { ready_file: Some(file.clone()), ..Options::default() }).await;
    drop(stack);
    assert!(!file.exists(), "a stack that is only dropped removes its file too");

    let named = || Options { ready_file: Some(file.clone()), backends_only: true, ..Options::default() };
    let (first, second) = (start(named()).await, start(named()).await);
    first.stop().await;
    let text = std::fs::read_to_string(&file).expect("the file of the other");
    assert_eq!(&serde_json::from_str::<convene_local::Ready>(&text).expect("JSON"), second.ready());
    second.stop().await;
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}

/// How often a mailbox's page of this week names the one appointment that is there once a week; none without a mailbox.
fn drawn(stack: &Stack, mailbox: &str) -> Option<usize> {
    let (status, page) = ask(&stack.ready().graph, &format!("GET /calendars?mailbox={}", mailbox.replace('@', "%40")));
    (status == 200).then(|| page.matches("Focus time").count())
}

#[tokio::test]
async fn calendars_are_filled_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let tenant = || TenantSeed::new("acme", 5).expect("a tenant");
    let options = || Options { tenants: vec![tenant()], busy_calendars: true, ..kept(folder.path()) };
    let first = start(options()).await;
    let before = drawn(&first, "attendee1@acme.com").expect("a mailbox");
    assert_ne!(before, 0);
    assert_eq!(ask(&first.ready().graph, "GET /simulator/requests"), (200, "[]".to_owned()));
    first.stop().await;
    let second = start(options()).await;
    assert_eq!(drawn(&second, "attendee1@acme.com"), Some(before));
}

#[tokio::test]
async fn each_start_shows_its_own_tenants_and_fills_their_weeks() {
    let folder = tempfile::tempdir().expect("a folder");
    let usual = || Options { busy_calendars: true, ..kept(folder.path()) };
    let people = ["attendee1@contoso.com", "attendee1@fabrikam.com", "attendee1@acme.com"];
    let shown = |stack: &Stack| people.map(|mailbox| drawn(stack, mailbox));
    let first = start(usual()).await;
    let [Some(before), Some(_), None] = shown(&first) else { panic!("{:?}", shown(&first)) };
    assert_ne!(before, 0);
    first.stop().await;

    let alone = start(Options { tenants: vec![TenantSeed::new("acme", 5).expect("a tenant")], ..usual() }).await;
    assert_eq!(shown(&alone), [None, None, Some(before)]);
    let page = ask(&alone.ready().graph, "GET /calendars").1;
    assert!(page.contains("acme") && !page.contains("contoso") && !page.contains("fabrikam"), "{page}");
    alone.stop().await;

    let again = start(usual()).await;
    assert_eq!(shown(&again), [Some(before), Some(before), None]);
}

#[tokio::test]
async fn a_template_that_leaves_a_family_out_is_served_without_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(Options::default().template).expect("template.yaml");
    let parameter = "  Salesforce:\n";
    let (before, after) = text.split_once(parameter).expect("the parameter Salesforce");
    let without = [before, parameter, &after.replacen("Default: \"true\"", "Default: \"false\"", 1)].concat();
    let template = folder.path().join("template.yaml");
    fs::write(&template, &without).expect("a file");
    let stack = start(Options { template: template.clone(), ..Options::default() }).await;
    let api = stack.ready().api.as_deref().expect("an API");
    assert_eq!(ask(api, "POST /api/salesforce/scheduler/meeting"), (404, r#"{"message":"Not Found"}"#.to_owned()));
    assert_eq!((ask(api, "GET /health").0, ask(api, "POST /oauth2/token").0), (200, 400));
    stack.stop().await;
    // A function that the template does not have at all was forgotten.
    fs::write(&template, without.replace("target/lambda/get-health/", "target/lambda/get-meeting/")).expect("a file");
    let forgotten = Stack::start(Options { template, ..Options::default() }).await;
    assert!(matches!(forgotten, Err(Error::NotInTemplate("get-health"))));
}
