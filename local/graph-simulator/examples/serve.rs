//! Serves a simulator with two small directories on a loopback port (4000, or the first argument).

use graph_simulator::{App, Directory, Mailbox, MailboxKind, Options, Simulator};
use loopback_guard::Guard;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(4000), |text| text.parse())?;
    let simulator = Simulator::open(Options {
        directories: vec![
            directory("11111111-1111-1111-1111-111111111111", "contoso.com"),
            directory("22222222-2222-2222-2222-222222222222", "fabrikam.com"),
        ],
        ..Options::default()
    })?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    axum::serve(listener, Guard::at(port).protect(simulator.router())).await?;
    Ok(())
}

fn directory(id: &str, domain: &str) -> Directory {
    let person = |local: &str, name: &str, kind: MailboxKind| Mailbox {
        address: format!("{local}@{domain}"),
        display_name: name.to_owned(),
        time_zone: "UTC".to_owned(),
        kind,
        teams: true,
        ..Mailbox::default()
    };
    Directory {
        id: id.to_owned(),
        domains: vec![domain.to_owned()],
        apps: vec![App { client_id: "app".to_owned(), client_secret: "secret".to_owned(), delegated: None }],
        mailboxes: vec![
            person("organizer", "Olivia Organizer", MailboxKind::Person),
            person("attendee1", "Anna Attendee", MailboxKind::Person),
            person("attendee2", "Ben Attendee", MailboxKind::Person),
            person("room1", "Room One", MailboxKind::Room),
        ],
    }
}
