//! The four endpoints on `/api/salesforce/scheduler/meeting`.

pub mod delete;
pub mod get;
pub mod schedule;
pub mod update;

/// Whether the location of a meeting requests an online meeting: the text "MS Teams" in any case.
fn requests_online_meeting(location: &str) -> bool {
    location.trim().eq_ignore_ascii_case("MS Teams")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teams_is_asked_for_in_any_case() {
        assert!(requests_online_meeting(" ms teams "));
        assert!(!requests_online_meeting("MS Teams room"));
    }
}
