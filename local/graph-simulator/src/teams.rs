//! The block that Teams writes into the body of an online meeting, and what losing it means.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::body;
use crate::clock::Instant;
use crate::html;
use crate::model::{Body, ContentType, Event};

/// The line of underscores around the block, by which the real one is recognised too.
pub(crate) const RULE: &str = "________________________________________________________________________________";

/// An address to join at.
pub(crate) fn join_url(directory: &str, organizer: Uuid) -> String {
    let meeting = URL_SAFE_NO_PAD.encode(Uuid::new_v4().simple().to_string());
    format!(
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{meeting}%40thread.v2/0?context=%7b%22Tid%22%3a%22{directory}%22%2c%22Oid%22%3a%22{organizer}%22%7d"
    )
}

/// An event as it is at an instant: by then Teams may have added the link that it was not done with.
pub(crate) fn as_of(event: &Arc<Event>, now: Instant) -> Arc<Event> {
    match (&event.join_url, event.link_from) {
        (Some(url), Some(from)) if from <= now => {
            Arc::new(Event { body: with_block(&event.body, url), link_from: None, ..Event::clone(event) })
        }
        _ => event.clone(),
    }
}

/// The body with the join block at its end. A text body turns into HTML by it.
pub(crate) fn with_block(body: &Body, join_url: &str) -> Body {
    let html = body::as_html(body);
    let block = block(join_url);
    let content = match html.rfind("</body>") {
        Some(at) => format!("{}{block}{}", &html[..at], &html[at..]),
        None => format!("{html}{block}"),
    };
    Body { kind: ContentType::Html, content }
}

/// Whether a body still holds the way to join: without it the meeting is an online one no more.
pub(crate) fn holds_block(body: &Body, join_url: &str) -> bool {
    html::decode_entities(&body.content).contains(join_url)
}

fn block(join_url: &str) -> String {
    let url = body::escape(join_url);
    let number = join_url.bytes().fold(7_u64, |n, b| n.wrapping_mul(31).wrapping_add(u64::from(b))) % 1_000_000_000;
    let rule = format!(
        "<div style=\"width:100%\"><span style=\"white-space:nowrap; color:#5F5F5F; opacity:.36\">{RULE}</span></div>"
    );
    format!(
        "<br>\r\n{rule}\r\n\
         <div class=\"me-email-text\" lang=\"en-US\" style=\"max-width:1024px; color:#242424; font-family:'Segoe UI','Helvetica Neue',Helvetica,Arial,sans-serif\">\r\n\
         <div style=\"margin-bottom:24px\"><span style=\"font-size:24px; font-weight:700\">Microsoft Teams meeting</span></div>\r\n\
         <div style=\"margin-bottom:6px\"><a id=\"meet_invite_block.action.join_link\" class=\"me-email-headline\" href=\"{url}\" style=\"font-size:20px; font-weight:600; color:#5B5FC7\">Join the meeting now</a></div>\r\n\
         <div style=\"margin-bottom:6px\"><span>Meeting ID: </span><span>2{number:09} 1</span></div>\r\n\
         </div>\r\n{rule}\r\n"
    )
}
