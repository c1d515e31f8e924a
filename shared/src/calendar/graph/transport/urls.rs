//! URLs of Graph's resources.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::{CalendarId, Cloud, EmailAddress, EventId, Marker, TimeSpan, format_utc};

/// Everything but RFC 3986's unreserved characters. Ids contain `-` and `_`, and Graph wants those as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The extended property that carries a marker. It must never change: events with another marker would not be found.
pub(crate) const MARKER_PROPERTY: &str = "String {c7291535-7c75-4762-933e-20b1de94f29f} Name ConveneMarker";

/// Few calendars have more events than this in the window of a view. Graph's limit is 1000.
const EVENTS_PER_PAGE: usize = 500;

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

pub(crate) fn events(cloud: &Cloud, mailbox: &EmailAddress) -> String {
    format!("{}/v1.0/users/{}/events", cloud.graph(), encode(mailbox.as_written()))
}

pub(crate) fn event(cloud: &Cloud, mailbox: &EmailAddress, id: &EventId) -> String {
    format!("{}/{}", events(cloud, mailbox), encode(&id.0))
}

/// The action by which an organizer cancels a meeting.
pub(crate) fn cancel_event(cloud: &Cloud, mailbox: &EmailAddress, id: &EventId) -> String {
    format!("{}/cancel", event(cloud, mailbox, id))
}

/// An event with only these properties, and those extended properties that `filter` selects.
pub(crate) fn event_properties(
    cloud: &Cloud,
    mailbox: &EmailAddress,
    id: &EventId,
    properties: &str,
    filter: &str,
) -> String {
    let (event, filter) = (event(cloud, mailbox, id), encode(filter));
    format!("{event}?$select={properties}&$expand=singleValueExtendedProperties($filter={filter})")
}

pub(crate) fn marked_events(cloud: &Cloud, mailbox: &EmailAddress, marker: &Marker) -> String {
    let filter = format!(
        "singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER_PROPERTY}' and ep/value eq '{}')",
        marker.as_str()
    );
    let events = events(cloud, mailbox);
    format!("{events}?$filter={}&$select=id,createdDateTime,isCancelled&$top=100", encode(&filter))
}

/// What is in a calendar during a window, each event of a series by itself, with only these properties, and those extended
/// properties that `filter` selects. `calendar`: the default one if `None`.
pub(crate) fn calendar_view(
    cloud: &Cloud,
    mailbox: &EmailAddress,
    calendar: Option<&CalendarId>,
    window: TimeSpan,
    properties: &str,
    filter: &str,
) -> String {
    let user = format!("{}/v1.0/users/{}", cloud.graph(), encode(mailbox.as_written()));
    let calendar = calendar.map_or_else(String::new, |id| format!("/calendars/{}", encode(id.as_str())));
    let (start, end, filter) = (format_utc(window.start()), format_utc(window.end()), encode(filter));
    format!(
        "{user}{calendar}/calendarView?startDateTime={start}&endDateTime={end}&$select={properties}\
         &$expand=singleValueExtendedProperties($filter={filter})&$top={EVENTS_PER_PAGE}"
    )
}

/// A mailbox's own calendar, with no more than its id.
pub(crate) fn calendar(cloud: &Cloud, mailbox: &EmailAddress) -> String {
    format!("{}/v1.0/users/{}/calendar?$select=id", cloud.graph(), encode(mailbox.as_written()))
}

/// `getSchedule`, sent through a mailbox, or through the signed-in person's own if `None`.
pub(crate) fn schedule(cloud: &Cloud, through: Option<&EmailAddress>) -> String {
    match through {
        Some(mailbox) => {
            format!("{}/v1.0/users/{}/calendar/getSchedule", cloud.graph(), encode(mailbox.as_written()))
        }
        None => format!("{}/v1.0/me/calendar/getSchedule", cloud.graph()),
    }
}

pub(crate) fn batch(cloud: &Cloud) -> String {
    format!("{}/v1.0/$batch", cloud.graph())
}

/// The URL of a batch item: relative to the version.
pub(crate) fn within_batch<'a>(cloud: &Cloud, url: &'a str) -> &'a str {
    url.strip_prefix(cloud.graph()).and_then(|path| path.strip_prefix("/v1.0")).unwrap_or(url)
}

/// Whether a link that Graph sent leads to Graph. The token must not be sent anywhere else.
pub(crate) fn is_same_origin(cloud: &Cloud, link: &str) -> bool {
    match (reqwest::Url::parse(cloud.graph()), reqwest::Url::parse(link)) {
        (Ok(graph), Ok(link)) => graph.origin() == link.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ids_are_percent_encoded_once() {
        let mailbox: EmailAddress = "o'neil+x_y-z#ext#@contoso.com".parse().expect("an address");
        let id = EventId("AAMk-a_b/c+d==".to_owned());
        assert_eq!(
            event(&Cloud::Global, &mailbox, &id),
            "https://graph.microsoft.com/v1.0/users/o%27neil%2Bx_y-z%23ext%23%40contoso.com/events/AAMk-a_b%2Fc%2Bd%3D%3D"
        );
    }

    #[test]
    fn a_batch_item_has_a_relative_url() {
        let mailbox: EmailAddress = "who@contoso.com".parse().expect("an address");
        for cloud in [Cloud::Global, Cloud::China] {
            assert_eq!(within_batch(&cloud, &events(&cloud, &mailbox)), "/users/who%40contoso.com/events");
        }
    }

    #[test]
    fn only_links_to_graph_are_followed() {
        assert!(is_same_origin(&Cloud::Global, "https://graph.microsoft.com/v1.0/users/x/events?$skip=10"));
        for link in ["http://graph.microsoft.com/v1.0", "https://graph.microsoft.com.evil.test/", "/v1.0/users", ""] {
            assert!(!is_same_origin(&Cloud::Global, link), "{link}");
        }
    }
}
