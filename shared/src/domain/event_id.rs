/// The calendar service's id of an event. It is valid only in the mailbox that holds the event. Case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub String);
