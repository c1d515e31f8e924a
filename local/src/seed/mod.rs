//! Tenants that are there from the start, with their credentials, people and appointments.

pub(crate) mod appointments;
pub(crate) mod credentials;
mod people;
pub(crate) mod provision;

use convene::domain::{InvalidTenantId, TenantId};
use graph_simulator::{Mailbox, MailboxKind};

/// A tenant to start with.
#[derive(Debug, Clone)]
pub struct TenantSeed {
    /// Its short name.
    pub id: TenantId,
    /// Its name for people.
    pub display_name: String,
    /// Its mail domains.
    pub domains: Vec<String>,
    /// Its mailboxes, the organizer's first.
    pub mailboxes: Vec<Mailbox>,
    /// The mailbox of a person who signed in to let Convene act on their behalf. None: Convene acts for itself.
    pub delegated: Option<String>,
    /// Whether a tentative entry makes its time unavailable.
    pub tentative_is_busy: bool,
    /// Whether a refresh token is replaced at each use.
    pub rotate_refresh_tokens: bool,
    /// Whether it has an administrator, who may log in with a password.
    pub legacy_password_auth: bool,
}

impl TenantSeed {
    /// A tenant with the domain `<id>.com`: an organizer, so many attendees, and a room.
    pub fn new(id: &str, attendees: usize) -> Result<Self, InvalidTenantId> {
        let id = TenantId::new(id)?;
        let domain = format!("{id}.com");
        let mut mailboxes = vec![person(&format!("organizer@{domain}"), people::name(0))];
        mailboxes.extend((1..=attendees).map(|n| person(&format!("attendee{n}@{domain}"), people::name(n))));
        mailboxes.push(Mailbox { kind: MailboxKind::Room, ..person(&format!("room1@{domain}"), "Room 1".to_owned()) });
        Ok(Self {
            display_name: people::capitalized(id.as_str()),
            id,
            domains: vec![domain],
            mailboxes,
            delegated: None,
            tentative_is_busy: true,
            rotate_refresh_tokens: true,
            legacy_password_auth: false,
        })
    }

    /// `contoso`, where the documents' examples live, and `fabrikam`, which must never see anything of it.
    pub fn usual() -> Vec<Self> {
        [("contoso", 5), ("fabrikam", 3)]
            .into_iter()
            .filter_map(|(id, attendees)| Self::new(id, attendees).ok())
            .collect()
    }
}

fn person(address: &str, display_name: String) -> Mailbox {
    Mailbox {
        address: address.to_owned(),
        display_name,
        time_zone: people::TIME_ZONE.to_owned(),
        kind: MailboxKind::Person,
        teams: true,
        ..Mailbox::default()
    }
}
