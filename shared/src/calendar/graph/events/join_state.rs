//! The join block of an event's body, which a new body must keep.

use chrono::{DateTime, TimeDelta, Utc};

use super::{event_in::EventIn, join_block};

/// How long after an event's last change Graph may still be adding the link. It took some seconds in practice.
const MAX_LINK_DELAY: TimeDelta = TimeDelta::minutes(5);

/// How people join an event's online meeting.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JoinState {
    /// It is not an online meeting, or has no link.
    None,
    /// The join block, in HTML.
    Block(String),
    /// It is an online meeting, and Graph has not added the link yet.
    Awaited,
}

impl JoinState {
    /// The state of an event that was read with its body as HTML.
    pub(super) fn of(event: &EventIn, now: DateTime<Utc>) -> Self {
        let html = event.body.as_ref().and_then(|body| body.content.as_deref()).unwrap_or_default();
        if let Some(block) = join_block::find(html, event.join_url()) {
            return Self::Block(html[block].to_owned());
        }
        match event.join_url() {
            // A person has removed the block, or Graph has not written it.
            Some(url) if !url.is_empty() => Self::Block(join_block::of_link(url)),
            _ if event.is_online() && event.last_modified().is_none_or(|changed| now - changed < MAX_LINK_DELAY) => {
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

    fn of(online: bool, join_url: Option<&str>, html: &str, minutes_old: i64) -> JoinState {
        let now = Utc::now();
        let json = serde_json::json!({
            "isOnlineMeeting": online, "onlineMeeting": join_url.map(|url| serde_json::json!({"joinUrl": url})),
            "body": {"contentType": "html", "content": html},
            "lastModifiedDateTime": (now - TimeDelta::minutes(minutes_old)).to_rfc3339(),
        });
        JoinState::of(&serde_json::from_value(json).expect("an event"), now)
    }

    fn block() -> String {
        format!("<div class=\"me-email-text\"><a href=\"{URL}\">Join</a></div>")
    }

    #[test]
    fn a_block_in_the_body_counts_whatever_the_other_properties_are() {
        for (online, url) in [(true, Some(URL)), (true, None), (false, None), (false, Some(URL))] {
            assert_eq!(of(online, url, &format!("<p>Old</p>{}", block()), 0), JoinState::Block(block()));
        }
    }

    #[test]
    fn a_link_without_a_block_gets_a_block() {
        assert_eq!(of(true, Some(URL), "<p>Old</p>", 60), JoinState::Block(join_block::of_link(URL)));
    }

    #[test]
    fn a_missing_link_is_awaited_for_five_minutes() {
        for url in [None, Some("")] {
            assert_eq!(of(true, url, "<p>Old</p>", 4), JoinState::Awaited);
            assert_eq!(of(true, url, "<p>Old</p>", 5), JoinState::None);
            assert_eq!(of(false, url, "<p>Old</p>", 0), JoinState::None);
        }
        // A link that a person wrote does not count.
        assert_eq!(of(true, None, &format!("<p>{URL}</p>"), 0), JoinState::Awaited);
    }
}
