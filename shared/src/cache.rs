//! A small cache for what changes rarely and is needed by every request: one fetch at a time for each key, a spread of
//! expiry times, and the last good value while the source is out of reach.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The most keys that are kept.
const MOST_KEYS: usize = 1000;
/// A fetch that takes longer has failed: those who wait for it have other things to do with their time.
const LONGEST_FETCH: Duration = Duration::from_secs(5);
/// How long the last value known serves before a source that failed is asked again. Without that every request would
/// wait for a source that hangs.
const REST: Duration = Duration::from_secs(15);
/// A value is not served longer than this after it was fetched, whatever its source is at: what was revoked meanwhile
/// must end some time.
const LONGEST_LIFE: Duration = Duration::from_hours(1);

/// Why a fetch failed.
pub(crate) trait FetchError {
    /// Whether the source said how things are, and not merely that it cannot say now: a value known from before is then
    /// no longer true.
    fn is_definitive(&self) -> bool;

    /// No answer came in time.
    fn timed_out() -> Self;
}

type Slot<V> = Arc<tokio::sync::Mutex<Option<Entry<V>>>>;

/// Values by key, each fresh for a while.
pub(crate) struct Cache<K, V> {
    fresh_for: Duration,
    is_absence: fn(&V) -> bool,
    slots: Mutex<HashMap<K, Slot<V>>>,
}

struct Entry<V> {
    value: Arc<V>,
    fetched: Instant,
    fresh_until: Instant,
}

/// How much a slot is worth, the least first: nothing known of the key; known that there is nothing; a value, by how long
/// it is fresh yet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Empty,
    Absence(Instant),
    Value(Instant),
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// A cache whose values are fresh for about `fresh_for`.
    pub(crate) fn new(fresh_for: Duration) -> Self {
        Self { fresh_for, is_absence: |_| false, slots: Mutex::new(HashMap::new()) }
    }

    /// The value of a key: from the cache while fresh, else fetched; if the source cannot be reached, the last one known.
    pub(crate) async fn get<E: FetchError, F: Future<Output = Result<V, E>>>(
        &self,
        key: &K,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut entry = slot.lock().await;
        if let Some(entry) = entry.as_ref().filter(|entry| Instant::now() < entry.fresh_until) {
            return Ok(Arc::clone(&entry.value));
        }
        let outcome = match bounded(fetch()).await {
            Ok(value) => Ok(Arc::clone(&entry.insert(self.entry(Arc::new(value))).value)),
            Err(error) => {
                *entry = entry.take().filter(|_| !error.is_definitive()).and_then(Entry::rested);
                entry.as_ref().map(|stale| Arc::clone(&stale.value)).ok_or(error)
            }
        };
        drop(entry);
        self.trim(slot);
        outcome
    }

    /// The value of a key fetched now, whatever the cache holds.
    pub(crate) async fn refresh<E: FetchError, F: Future<Output = Result<V, E>>>(
        &self,
        key: &K,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut entry = slot.lock().await;
        let outcome = bounded(fetch()).await.map(Arc::new);
        match &outcome {
            Ok(value) => *entry = Some(self.entry(Arc::clone(value))),
            Err(error) if error.is_definitive() => *entry = None,
            Err(_) => {}
        }
        drop(entry);
        self.trim(slot);
        outcome
    }

    /// Stores a value that was just written to the source.
    pub(crate) async fn put(&self, key: &K, value: Arc<V>) {
        let slot = self.slot(key);
        *slot.lock().await = Some(self.entry(value));
        self.trim(slot);
    }

    fn entry(&self, value: Arc<V>) -> Entry<V> {
        // Instances that started together must not all come back together: up to a tenth earlier.
        let spread = f64::from(u16::from_be_bytes(random_two_bytes())) / f64::from(u16::MAX) / 10.0;
        let fetched = Instant::now();
        Entry { value, fetched, fresh_until: fetched + self.fresh_for.mul_f64(1.0 - spread) }
    }

    fn slot(&self, key: &K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key.clone()).or_default())
    }

    /// Ends the use of a slot, and forgets what is beyond the most keys. Only now, and not when a key was asked for: a key
    /// that is made up turns out to have no value, and is the first to go. A slot in use stays, and with it the single
    /// fetch for its key; so keys that are in use together may be more for as long.
    fn trim(&self, used: Slot<V>) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        drop(used);
        while slots.len() > MOST_KEYS {
            let unused = slots.iter().filter(|(_, slot)| Arc::strong_count(slot) == 1);
            let worth = unused.filter_map(|(key, slot)| Some((self.worth(slot)?, key)));
            let Some(least) = worth.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, key)| key.clone()) else {
                return;
            };
            slots.remove(&least);
        }
    }

    fn worth(&self, slot: &Slot<V>) -> Option<Worth> {
        let entry = slot.try_lock().ok()?;
        Some(match entry.as_ref() {
            None => Worth::Empty,
            Some(entry) if (self.is_absence)(&entry.value) => Worth::Absence(entry.fresh_until),
            Some(entry) => Worth::Value(entry.fresh_until),
        })
    }
}

impl<K: Eq + Hash + Clone, V> Cache<K, Option<V>> {
    /// A cache that also knows what does not exist. Knowing that is worth less than any value, as whoever makes up keys
    /// makes up many.
    pub(crate) fn with_absences(fresh_for: Duration) -> Self {
        Self { is_absence: Option::is_none, ..Self::new(fresh_for) }
    }
}

impl<V> Entry<V> {
    /// The entry, to serve a while longer; unless it is too old for that.
    fn rested(self) -> Option<Self> {
        let (now, end) = (Instant::now(), self.fetched + LONGEST_LIFE);
        (now < end).then(|| Self { fresh_until: end.min(now + REST), ..self })
    }
}

/// A fetch, bounded. On the heap: it is large, and every future that looks into a cache would be as large though nearly all
/// of them find there what they look for.
fn bounded<V, E: FetchError>(fetch: impl Future<Output = Result<V, E>>) -> impl Future<Output = Result<V, E>> {
    let fetch = Box::pin(fetch);
    async move { tokio::time::timeout(LONGEST_FETCH, fetch).await.unwrap_or_else(|_| Err(E::timed_out())) }
}

fn random_two_bytes() -> [u8; 2] {
    let id = uuid::Uuid::new_v4().into_bytes();
    [id[0], id[1]]
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Failure {
        Away,
        Gone,
    }

    impl FetchError for Failure {
        fn is_definitive(&self) -> bool {
            *self == Self::Gone
        }

        fn timed_out() -> Self {
            Self::Away
        }
    }

    /// A source that counts how often it is asked.
    struct Source {
        answer: Mutex<Option<Result<u32, Failure>>>,
        asked: AtomicU32,
    }

    impl Source {
        /// One that answers so.
        fn of(value: u32) -> Self {
            Self { answer: Mutex::new(Some(Ok(value))), asked: AtomicU32::new(0) }
        }

        /// What it answers from now on. `None`: nothing, ever.
        fn set(&self, answer: Option<Result<u32, Failure>>) {
            *self.answer.lock().expect("not poisoned") = answer;
        }

        async fn fetch(&self) -> Result<u32, Failure> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let answer = *self.answer.lock().expect("not poisoned");
            tokio::time::sleep(Duration::from_millis(10)).await;
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }

        /// How often it was asked since this was last called.
        fn asked(&self) -> u32 {
            self.asked.swap(0, Ordering::Relaxed)
        }

        async fn get(&self, cache: &Cache<&str, u32>) -> Result<u32, Failure> {
            cache.get(&"key", || self.fetch()).await.map(|value| *value)
        }
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_fetched_once_by_many_and_again_when_it_is_old() {
        let (cache, source) = (Cache::new(Duration::from_mins(1)), Source::of(1));
        let all = join_all((0..20).map(|_| source.get(&cache))).await;
        assert!(all.iter().all(|value| *value == Ok(1)));
        assert_eq!(source.asked(), 1);
        source.set(Some(Ok(2)));
        pass(61).await;
        assert_eq!((source.get(&cache).await, source.asked()), (Ok(2), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_value_serves_while_the_source_is_away() {
        let (cache, source) = (Cache::new(Duration::from_mins(1)), Source::of(7));
        source.set(Some(Err(Failure::Away)));
        assert_eq!(source.get(&cache).await, Err(Failure::Away));
        source.set(Some(Ok(7)));
        assert_eq!(source.get(&cache).await, Ok(7));
        source.set(Some(Err(Failure::Away)));
        pass(61).await;
        assert_eq!(source.get(&cache).await, Ok(7));
        let refreshed = cache.refresh(&"key", || source.fetch()).await;
        assert_eq!(refreshed, Err(Failure::Away));
        // Having asked past the cache in vain takes nothing from it.
        assert_eq!(source.get(&cache).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_is_asked_now_and_then_and_not_by_every_request() {
        let (cache, source) = (Cache::new(Duration::from_mins(1)), Source::of(7));
        assert_eq!((source.get(&cache).await, source.asked()), (Ok(7), 1));
        source.set(None);
        pass(61).await;
        let all = join_all((0..20).map(|_| source.get(&cache))).await;
        assert!(all.iter().all(|value| *value == Ok(7)));
        assert_eq!(source.asked(), 1);
        pass(14).await;
        assert_eq!((source.get(&cache).await, source.asked()), (Ok(7), 0));
        pass(2).await;
        assert_eq!((source.get(&cache).await, source.asked()), (Ok(7), 1));
        // Back again: the first that asks has the new value.
        source.set(Some(Ok(8)));
        pass(16).await;
        assert_eq!(source.get(&cache).await, Ok(8));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_source_says_no_to_is_not_served_any_longer() {
        let (cache, source) = (Cache::new(Duration::from_mins(1)), Source::of(7));
        for past_the_cache in [false, true] {
            source.set(Some(Ok(7)));
            assert_eq!(source.get(&cache).await, Ok(7));
            source.set(Some(Err(Failure::Gone)));
            pass(61).await;
            if past_the_cache {
                assert_eq!(cache.refresh(&"key", || source.fetch()).await, Err(Failure::Gone));
            } else {
                assert_eq!(source.get(&cache).await, Err(Failure::Gone));
            }
            // And it stays gone when the source is away.
            source.set(Some(Err(Failure::Away)));
            assert_eq!(source.get(&cache).await, Err(Failure::Away));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_value_outlives_its_source_by_more_than_an_hour() {
        let (cache, source) = (Cache::new(Duration::from_mins(1)), Source::of(7));
        assert_eq!(source.get(&cache).await, Ok(7));
        source.set(Some(Err(Failure::Away)));
        let mut served = 0;
        while source.get(&cache).await == Ok(7) {
            pass(20).await;
            served += 1;
        }
        assert!((178..=180).contains(&served), "{served} times, every 20 s");
        assert_eq!(source.get(&cache).await, Err(Failure::Away));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_go_and_what_is_being_fetched_stays() {
        const SLOW: usize = usize::MAX;
        let cache = Cache::<usize, u32>::new(Duration::from_mins(1));
        let fetches = AtomicU32::new(0);
        let fetch = async || Ok::<u32, Failure>(fetches.fetch_add(1, Ordering::Relaxed));
        let slow = async || {
            tokio::time::sleep(Duration::from_secs(4)).await;
            fetch().await
        };
        let get_all = async |keys: std::ops::Range<usize>| {
            for key in keys {
                cache.get(&key, fetch).await.expect("a value");
            }
            fetches.swap(0, Ordering::Relaxed) as usize
        };
        assert_eq!(get_all(0..500).await, 500);
        // More than what spreads the ends of values that were fetched together.
        pass(10).await;
        let (first, second, filled) =
            tokio::join!(cache.get(&SLOW, slow), cache.get(&SLOW, slow), get_all(500..MOST_KEYS + 100));
        assert_eq!((first, filled), (second, MOST_KEYS - 400));
        assert_eq!(fetches.swap(0, Ordering::Relaxed), 1, "one fetch for those who wait together");
        assert_eq!(cache.slots.lock().expect("not poisoned").len(), MOST_KEYS);
        assert_eq!(get_all(500..MOST_KEYS + 100).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_keys_push_nothing_out_that_exists() {
        let cache = Cache::<usize, Option<u32>>::with_absences(Duration::from_mins(1));
        let fetches = AtomicU32::new(0);
        let live = async || Ok::<_, Failure>(Some(fetches.fetch_add(1, Ordering::Relaxed)));
        for key in 0..MOST_KEYS {
            cache.get(&key, live).await.expect("a value");
        }
        for key in MOST_KEYS..MOST_KEYS + 500 {
            assert_eq!(cache.get(&key, async || Ok::<_, Failure>(None)).await.as_deref(), Ok(&None));
            let _ = cache.get(&(key + 1000), async || Err::<Option<u32>, _>(Failure::Away)).await;
        }
        for key in 0..MOST_KEYS {
            cache.get(&key, live).await.expect("a value");
        }
        assert_eq!(fetches.load(Ordering::Relaxed) as usize, MOST_KEYS);
        assert_eq!(cache.slots.lock().expect("not poisoned").len(), MOST_KEYS);
    }
}
