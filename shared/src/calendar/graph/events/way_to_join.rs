//! What of an event is its way to join an online meeting, which a new body must not lose.

use chrono::{DateTime, TimeDelta, Utc};

use super::{event_in::EventIn, join_block};

/// How long after an event's last change Graph may still be adding the link. Some seconds were seen.
const LATEST: TimeDelta = TimeDelta::minutes(5);

/// An event's way to join.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WayToJoin {
    /// There is none.
    None,
    /// The part of its body, in HTML.
    Block(String),
    /// It is an online meeting, and its link is not there yet.
    Awaited,
}

impl WayToJoin {
    /// What an event has, read with its body as HTML.
    pub(super) fn of(event: &EventIn, now: DateTime<Utc>) -> Self {
        let html = event.body.as_ref().and_then(|body| body.content.as_deref()).unwrap_or_default();
        if let Some(block) = join_block::find(html, event.join_url()) {
            return Self::Block(html[block].to_owned());
        }
        match event.join_url() {
            // A person has taken the block out, or Graph has not written it.
            Some(url) if !url.is_empty() => Self::Block(join_block::of_link(url)),
            _ if event.is_online() && event.last_modified().is_none_or(|changed| now - changed < LATEST) => {
                Self::Awaited
            }
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Zz%40thread.v2/0";

    fn of(online: bool, join_url: Option<&str>, html: &str, minutes_old: i64) -> WayToJoin {
        let now = Utc::now();
        let json = serde_json::json!({
            "isOnlineMeeting": online, "onlineMeeting": join_url.map(|url| serde_json::json!({"joinUrl": url})),
            "body": {"contentType": "html", "content": html},
            "lastModifiedDateTime": (now - TimeDelta::minutes(minutes_old)).to_rfc3339(),
        });
        WayToJoin::of(&serde_json::from_value(json).expect("an event"), now)
    }

    fn block() -> String {
        format!("<div class=\"me-email-text\"><a href=\"{URL}\">Join</a></div>")
    }

    #[test]
    fn a_block_is_the_way_to_join_whatever_else_is_told() {
        for (online, url) in [(true, Some(URL)), (true, None), (false, None), (false, Some(URL))] {
            assert_eq!(of(online, url, &format!("<p>Old</p>{}", block()), 0), WayToJoin::Block(block()));
        }
    }

    #[test]
    fn a_link_without_a_block_gets_one() {
        assert_eq!(of(true, Some(URL), "<p>Old</p>", 60), WayToJoin::Block(join_block::of_link(URL)));
    }

    #[test]
    fn a_link_is_awaited_for_some_minutes_only() {
        for url in [None, Some("")] {
            assert_eq!(of(true, url, "<p>Old</p>", 4), WayToJoin::Awaited);
            assert_eq!(of(true, url, "<p>Old</p>", 5), WayToJoin::None);
            assert_eq!(of(false, url, "<p>Old</p>", 0), WayToJoin::None);
        }
        // A link that a person wrote is not the one that is awaited.
        assert_eq!(of(true, None, &format!("<p>{URL}</p>"), 0), WayToJoin::Awaited);
    }
}
