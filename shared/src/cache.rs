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

/// The most keys that are kept; beyond it the ones that expired longest ago go.
const MOST_KEYS: usize = 1000;

type Slot<V> = Arc<tokio::sync::Mutex<Option<Entry<V>>>>;

/// Values by key, each fresh for a while.
pub(crate) struct Cache<K, V> {
    fresh_for: Duration,
    slots: Mutex<HashMap<K, Slot<V>>>,
}

struct Entry<V> {
    value: Arc<V>,
    fresh_until: Instant,
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// A cache whose values are fresh for about `fresh_for`.
    pub(crate) fn new(fresh_for: Duration) -> Self {
        Self { fresh_for, slots: Mutex::new(HashMap::new()) }
    }

    /// The value of a key: from the cache while fresh, else fetched; if that fails, the last one known.
    pub(crate) async fn get<E, F: Future<Output = Result<V, E>>>(
        &self,
        key: &K,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut entry = slot.lock().await;
        if let Some(entry) = entry.as_ref().filter(|entry| Instant::now() < entry.fresh_until) {
            return Ok(Arc::clone(&entry.value));
        }
        match fetch().await {
            Ok(value) => Ok(Arc::clone(&entry.insert(self.entry(Arc::new(value))).value)),
            Err(error) => entry.as_ref().map(|stale| Arc::clone(&stale.value)).ok_or(error),
        }
    }

    /// The value of a key fetched now, whatever the cache holds.
    pub(crate) async fn refresh<E, F: Future<Output = Result<V, E>>>(
        &self,
        key: &K,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut entry = slot.lock().await;
        let value = Arc::new(fetch().await?);
        *entry = Some(self.entry(Arc::clone(&value)));
        Ok(value)
    }

    /// Stores a value that was just written to the source.
    pub(crate) async fn put(&self, key: &K, value: Arc<V>) {
        *self.slot(key).lock().await = Some(self.entry(value));
    }

    fn entry(&self, value: Arc<V>) -> Entry<V> {
        // Instances that started together must not all come back together: up to a tenth earlier.
        let spread = f64::from(u16::from_be_bytes(random_two_bytes())) / f64::from(u16::MAX) / 10.0;
        Entry { value, fresh_until: Instant::now() + self.fresh_for.mul_f64(1.0 - spread) }
    }

    fn slot(&self, key: &K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_KEYS && !slots.contains_key(key) {
            // Only slots nobody waits for: a fetch under way keeps its key, and with it the single flight.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(key.clone()).or_default())
    }
}

fn random_two_bytes() -> [u8; 2] {
    let id = uuid::Uuid::new_v4().into_bytes();
    [id[0], id[1]]
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_value_is_fetched_once_by_many_and_again_when_it_is_old() {
        let cache = Cache::<&str, u32>::new(Duration::from_mins(1));
        let fetches = AtomicU32::new(0);
        let fetch = || async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok::<_, ()>(fetches.fetch_add(1, Ordering::Relaxed))
        };
        let all = futures_util::future::join_all((0..20).map(|_| cache.get(&"key", fetch))).await;
        assert!(all.iter().all(|value| value.as_deref() == Ok(&0)));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(cache.get(&"key", fetch).await.as_deref(), Ok(&1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_value_serves_while_the_source_is_away() {
        let cache = Cache::<&str, u32>::new(Duration::from_mins(1));
        assert_eq!(cache.get(&"key", || async { Err::<u32, _>("away") }).await, Err("away"));
        assert_eq!(cache.get(&"key", || async { Ok::<_, &str>(7) }).await.as_deref(), Ok(&7));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(cache.get(&"key", || async { Err::<u32, _>("away") }).await.as_deref(), Ok(&7));
        assert_eq!(cache.refresh(&"key", || async { Err::<u32, _>("away") }).await, Err("away"));
    }
}
