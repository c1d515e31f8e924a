use super::TimeSpan;

/// How a calendar entry occupies its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BusyStatus {
    Free,
    Tentative,
    Busy,
    OutOfOffice,
    WorkingElsewhere,
    /// A status that this version does not know.
    Unknown,
}

/// One entry of a calendar, as free/busy shows it. It may reach beyond the requested window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyEntry {
    pub span: TimeSpan,
    pub status: BusyStatus,
}
