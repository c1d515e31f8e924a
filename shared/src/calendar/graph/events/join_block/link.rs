//! What a join block is recognized by, in HTML and in plain text.

/// Join links, as Teams has written them over the years and in each cloud.
const JOIN_LINKS: [&str; 5] = [
    "/l/meetup-join/",
    "teams.microsoft.com/meet/",
    "teams.microsoft.us/meet/",
    "teams.cloud.microsoft/meet/",
    "teams.live.com/meet/",
];
/// The line above (and below) the block.
pub(super) const RULE: &str = "____________________";

/// The link without its query, in which only some places escape `&`.
pub(super) fn plain_url(join_url: Option<&str>) -> Option<String> {
    join_url.and_then(|url| url.split('?').next()).filter(|url| !url.is_empty()).map(str::to_ascii_lowercase)
}

/// The position of the last join link in a text in lower case.
pub(super) fn last_link(lower: &str) -> Option<usize> {
    JOIN_LINKS.iter().filter_map(|link| lower.rfind(link)).max()
}
