//! The limiter against services that accept a certain number of concurrent requests.

use super::*;

const THROTTLED: LoadSignal = LoadSignal::Throttled { refused: 1, retry_after: None };

fn limit(limiter: &Arc<AdaptiveLimiter>) -> usize {
    limiter.lock().limit
}

/// Sends a burst of up to `size` requests to a service that accepts `capacity`.
async fn burst(limiter: &Arc<AdaptiveLimiter>, size: usize, capacity: usize) {
    let mut permits = Vec::new();
    for _ in 0..size.min(limit(limiter)) {
        permits.push(limiter.acquire(1).await);
    }
    for (n, permit) in permits.into_iter().enumerate() {
        permit.record(if n < capacity { LoadSignal::Accepted } else { THROTTLED });
    }
}

#[tokio::test(start_paused = true)]
async fn one_burst_finds_the_capacity() {
    for capacity in [4, 10, 35] {
        let limiter = Arc::new(AdaptiveLimiter::default());
        burst(&limiter, 36, capacity).await;
        assert_eq!(limit(&limiter), capacity);
    }
    let limiter = Arc::new(AdaptiveLimiter::default());
    burst(&limiter, 36, 36).await;
    assert_eq!(limit(&limiter), MAX_PER_TENANT);
}

#[tokio::test(start_paused = true)]
async fn the_limit_rises_slowly_and_quickly_after_the_caution_period() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    burst(&limiter, 36, 4).await;
    for _ in 0..4 * ROUNDS_PER_STEP - 1 {
        limiter.acquire(1).await.record(LoadSignal::Accepted);
    }
    assert_eq!(limit(&limiter), 4);
    limiter.acquire(1).await.record(LoadSignal::Accepted);
    assert_eq!(limit(&limiter), 5);
    tokio::time::advance(CAUTION_PERIOD).await;
    for _ in 0..10 {
        limiter.acquire(1).await.record(LoadSignal::Accepted);
    }
    assert_eq!(limit(&limiter), 15);
}

#[tokio::test(start_paused = true)]
async fn a_long_retry_after_makes_a_long_caution_period() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    let permits = [limiter.acquire(4).await, limiter.acquire(4).await];
    permits[1].record(LoadSignal::Throttled { refused: 4, retry_after: Some(CAUTION_PERIOD * 3) });
    drop(permits);
    tokio::time::advance(CAUTION_PERIOD * 2).await;
    limiter.acquire(1).await.record(LoadSignal::Accepted);
    assert_eq!(limit(&limiter), 4);
    tokio::time::advance(CAUTION_PERIOD).await;
    limiter.acquire(1).await.record(LoadSignal::Accepted);
    assert_eq!(limit(&limiter), 5);
}

#[tokio::test(start_paused = true)]
async fn one_throttled_mailbox_hardly_lowers_the_limit() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    burst(&limiter, 36, 35).await;
    assert_eq!(limit(&limiter), 35);
    // With few other requests in flight a refusal lowers the limit little, and successes raise it again.
    let limiter = Arc::new(AdaptiveLimiter::default());
    let other = limiter.acquire(1).await;
    limiter.acquire(1).await.record(THROTTLED);
    drop(other);
    assert_eq!(limit(&limiter), MAX_PER_TENANT / 2);
    for _ in 0..MAX_PER_TENANT / 2 {
        limiter.acquire(1).await.record(LoadSignal::Accepted);
    }
    assert_eq!(limit(&limiter), MAX_PER_TENANT);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_with_nothing_else_in_flight_changes_nothing() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    for weight in [1, 1, 1, 1, 1, 1, 1, 1, MAX_CONCURRENT, MAX_CONCURRENT] {
        limiter
            .acquire(weight)
            .await
            .record(LoadSignal::Throttled { refused: weight, retry_after: Some(CAUTION_PERIOD) });
        assert_eq!(limit(&limiter), MAX_PER_TENANT);
    }
    // The same with a low limit, and no caution period follows.
    burst(&limiter, 36, 4).await;
    tokio::time::advance(CAUTION_PERIOD).await;
    for _ in 0..8 {
        limiter.acquire(1).await.record(THROTTLED);
        assert_eq!(limit(&limiter), 4);
    }
    limiter.acquire(1).await.record(LoadSignal::Accepted);
    assert_eq!(limit(&limiter), 5);
}

#[tokio::test(start_paused = true)]
async fn a_batch_lowers_the_limit_by_its_refused_items() {
    for (refused, expected) in [
        (1, MAX_PER_TENANT - 20),
        (2, MAX_PER_TENANT - 40),
        (MAX_CONCURRENT, MAX_PER_TENANT - 80),
        (20, MAX_PER_TENANT - 80),
    ] {
        let limiter = Arc::new(AdaptiveLimiter::default());
        let mut batches = Vec::new();
        for _ in 0..MAX_PER_TENANT / MAX_CONCURRENT {
            batches.push(limiter.acquire(MAX_CONCURRENT).await);
        }
        for batch in &batches[..20] {
            batch.record(LoadSignal::Throttled { refused, retry_after: None });
        }
        assert_eq!(limit(&limiter), expected, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_other_processes_the_limit_falls_to_one_but_not_to_zero() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    let mut refusals = 0;
    while limit(&limiter) > 1 {
        let _other = limiter.acquire(1).await;
        limiter.acquire(1).await.record(THROTTLED);
        refusals += 1;
    }
    assert!(refusals < 10, "{refusals}");
    // From now on each request is alone.
    limiter.acquire(1).await.record(THROTTLED);
    assert_eq!(limit(&limiter), 1);
    // A batch still runs, alone.
    let batch = limiter.acquire(4).await;
    let other = limiter.acquire(1);
    tokio::pin!(other);
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut other).await.is_err());
    drop(batch);
    other.await;
}

#[tokio::test(start_paused = true)]
async fn permits_are_granted_in_order_and_not_to_dropped_waiters() {
    let limiter = Arc::new(AdaptiveLimiter::default());
    let held = limiter.acquire(MAX_PER_TENANT).await;
    {
        let left = limiter.acquire(1);
        tokio::pin!(left);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut left).await.is_err());
    }
    let order = Mutex::new(Vec::new());
    let waits = async |n: usize| {
        // There is room for one of them at a time.
        let permit = limiter.acquire(MAX_PER_TENANT).await;
        order.lock().expect("not poisoned").push(n);
        drop(permit);
    };
    let letting_go = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(held);
    };
    tokio::join!(waits(0), waits(1), waits(2), letting_go);
    assert_eq!((order.into_inner().expect("not poisoned"), limiter.lock().in_flight), (vec![0, 1, 2], 0));
}
