//! Which items are sent again together, and when.

use std::time::Duration;

use tokio::time::Instant;

/// Items that are due within this time wait for the last of them. Their waits are jittered, so that items that failed together
/// would otherwise be sent one by one.
const GROUPING_WINDOW: Duration = Duration::from_millis(300);

/// Groups items that are due at about the same time. A group is due when its last item is.
pub(super) fn group<T>(mut waiting: Vec<(Instant, T)>) -> Vec<(Instant, Vec<T>)> {
    waiting.sort_by_key(|(due, _)| *due);
    let mut groups: Vec<(Instant, Vec<T>)> = Vec::new();
    let mut first = None;
    for (due, item) in waiting {
        match groups.last_mut() {
            Some((last, group)) if first.is_some_and(|first| due <= first + GROUPING_WINDOW) => {
                *last = due;
                group.push(item);
            }
            _ => {
                first = Some(due);
                groups.push((due, vec![item]));
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_due_at_about_the_same_time_are_grouped_and_never_early() {
        let now = Instant::now();
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        let waiting = vec![(at(2000), 'd'), (at(500), 'b'), (at(300), 'a'), (at(601), 'c'), (at(2000), 'e')];
        let groups = group(waiting);
        assert_eq!(groups, [(at(500), vec!['a', 'b']), (at(601), vec!['c']), (at(2000), vec!['d', 'e'])]);
        assert_eq!(group::<char>(Vec::new()), []);
    }
}
