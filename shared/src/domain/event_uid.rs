/// What identifies an event in every calendar that shows it: the organizer's event and the attendees' copies share it, although
/// each has its own [`EventId`](super::EventId). Graph's `iCalUId`. Case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventUid(pub String);
