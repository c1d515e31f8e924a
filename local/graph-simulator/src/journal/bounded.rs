//! A list whose oldest items make room for newer ones, by their number and by the memory they take: a few requests with
//! paths of a megabyte, or a mail to each of 500 attendees with a subject as long, take more than all others together.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// How many items are kept at most.
const KEPT: usize = 20_000;
/// How many bytes of text they have at most, all together.
const KEPT_BYTES: usize = 32 << 20;

/// What knows how many bytes of text it has.
pub(super) trait Texts {
    fn size(&self) -> usize;
}

pub(super) struct Bounded<T> {
    items: VecDeque<T>,
    bytes: usize,
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), bytes: 0 }
    }
}

impl<T: Texts + Clone> Bounded<T> {
    /// Adds an item. One that is too large by itself is not kept either.
    pub(super) fn push(&mut self, item: T) {
        self.bytes += item.size();
        self.items.push_back(item);
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.items.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.items.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }

    /// Changes the item that `place` finds in the order of the list, if it is there still.
    pub(super) fn change(&mut self, place: impl FnMut(&T) -> Ordering, change: impl FnOnce(&mut T)) {
        let Ok(at) = self.items.binary_search_by(place) else { return };
        let Some(item) = self.items.get_mut(at) else { return };
        let before = item.size();
        change(item);
        self.bytes = (self.bytes + item.size()).saturating_sub(before);
        self.make_room();
    }

    pub(super) fn all(&self) -> Vec<T> {
        self.items.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Text(String);

    impl Texts for Text {
        fn size(&self) -> usize {
            self.0.len()
        }
    }

    #[test]
    fn neither_many_items_nor_large_ones_take_all_memory() {
        let mut list = Bounded::default();
        for n in 0..KEPT + 5 {
            list.push(Text(n.to_string()));
        }
        assert_eq!((list.all().len(), list.all()[0].0.as_str()), (KEPT, "5"));
        let megabyte = "x".repeat(1 << 20);
        for _ in 0..100 {
            list.push(Text(megabyte.clone()));
        }
        assert_eq!((list.all().len(), list.bytes), (32, KEPT_BYTES));
        // An item may grow later.
        let mut first = true;
        list.change(
            |_| if std::mem::take(&mut first) { Ordering::Equal } else { Ordering::Less },
            |text| text.0.push_str(&megabyte),
        );
        assert!(list.bytes <= KEPT_BYTES, "{}", list.bytes);
        list.push(Text("x".repeat(KEPT_BYTES + 1)));
        assert_eq!((list.all().len(), list.bytes), (0, 0));
    }
}
