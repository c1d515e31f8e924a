//! When requests that are sent again go, and which of them together.

use std::time::Duration;

use tokio::time::Instant;

/// Requests that are due within so much time wait for the last of them: waits that Graph did not ask for are a matter of
/// chance, and who failed together would come back one by one.
const TOGETHER: Duration = Duration::from_millis(300);

/// What is due at about the same time, and when: as soon as the last of it is.
pub(super) fn together<T>(mut waiting: Vec<(Instant, T)>) -> Vec<(Instant, Vec<T>)> {
    waiting.sort_by_key(|(due, _)| *due);
    let mut groups: Vec<(Instant, Vec<T>)> = Vec::new();
    let mut first = None;
    for (due, item) in waiting {
        match groups.last_mut() {
            Some((last, group)) if first.is_some_and(|first| due <= first + TOGETHER) => {
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
    fn what_is_due_at_about_the_same_time_goes_together_and_never_early() {
        let now = Instant::now();
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        let waiting = vec![(at(2000), 'd'), (at(500), 'b'), (at(300), 'a'), (at(601), 'c'), (at(2000), 'e')];
        let groups = together(waiting);
        assert_eq!(groups, [(at(500), vec!['a', 'b']), (at(601), vec!['c']), (at(2000), vec!['d', 'e'])]);
        assert_eq!(together::<char>(Vec::new()), []);
    }
}
