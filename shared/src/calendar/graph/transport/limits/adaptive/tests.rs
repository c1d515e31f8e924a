//! The limiter before services that take so many requests at once.

use super::*;

const THROTTLED: Told = Told::Throttled { refused: 1, retry_after: None };

fn limit(lane: &Arc<Lane>) -> usize {
    lane.lock().limit
}

/// A service that takes so many at once is sent a volley.
async fn volley(lane: &Arc<Lane>, size: usize, capacity: usize) {
    let mut places = Vec::new();
    for _ in 0..size.min(limit(lane)) {
        places.push(lane.enter(1).await);
    }
    for (n, place) in places.into_iter().enumerate() {
        place.heed(if n < capacity { Told::Taken } else { THROTTLED });
    }
}

#[tokio::test(start_paused = true)]
async fn one_volley_tells_how_many_are_taken() {
    for capacity in [4, 10, 35] {
        let lane = Arc::new(Lane::default());
        volley(&lane, 36, capacity).await;
        assert_eq!(limit(&lane), capacity);
    }
    let lane = Arc::new(Lane::default());
    volley(&lane, 36, 36).await;
    assert_eq!(limit(&lane), MAX_OF_TENANT);
}

#[tokio::test(start_paused = true)]
async fn what_was_too_many_is_tried_again_cautiously_and_after_a_while_at_once() {
    let lane = Arc::new(Lane::default());
    volley(&lane, 36, 4).await;
    for _ in 0..4 * ROUNDS_FOR_ONE - 1 {
        lane.enter(1).await.heed(Told::Taken);
    }
    assert_eq!(limit(&lane), 4);
    lane.enter(1).await.heed(Told::Taken);
    assert_eq!(limit(&lane), 5);
    tokio::time::advance(CAUTION).await;
    for _ in 0..10 {
        lane.enter(1).await.heed(Told::Taken);
    }
    assert_eq!(limit(&lane), 15);
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_that_was_asked_for_is_a_long_caution() {
    let lane = Arc::new(Lane::default());
    let places = [lane.enter(4).await, lane.enter(4).await];
    places[1].heed(Told::Throttled { refused: 4, retry_after: Some(CAUTION * 3) });
    drop(places);
    tokio::time::advance(CAUTION * 2).await;
    lane.enter(1).await.heed(Told::Taken);
    assert_eq!(limit(&lane), 4);
    tokio::time::advance(CAUTION).await;
    lane.enter(1).await.heed(Told::Taken);
    assert_eq!(limit(&lane), 5);
}

#[tokio::test(start_paused = true)]
async fn one_mailbox_that_is_throttled_hardly_lowers_the_limit() {
    let lane = Arc::new(Lane::default());
    volley(&lane, 36, 35).await;
    assert_eq!(limit(&lane), 35);
    // With little else in flight it says little, and what succeeds makes up for it.
    let lane = Arc::new(Lane::default());
    let other = lane.enter(1).await;
    lane.enter(1).await.heed(THROTTLED);
    drop(other);
    assert_eq!(limit(&lane), MAX_OF_TENANT / 2);
    for _ in 0..MAX_OF_TENANT / 2 {
        lane.enter(1).await.heed(Told::Taken);
    }
    assert_eq!(limit(&lane), MAX_OF_TENANT);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_while_nothing_else_is_in_flight_changes_nothing() {
    let lane = Arc::new(Lane::default());
    for weight in [1, 1, 1, 1, 1, 1, 1, 1, AT_ONCE, AT_ONCE] {
        lane.enter(weight).await.heed(Told::Throttled { refused: weight, retry_after: Some(CAUTION) });
        assert_eq!(limit(&lane), MAX_OF_TENANT);
    }
    // Nor where few are let in, and there is no caution after it.
    volley(&lane, 36, 4).await;
    tokio::time::advance(CAUTION).await;
    for _ in 0..8 {
        lane.enter(1).await.heed(THROTTLED);
        assert_eq!(limit(&lane), 4);
    }
    lane.enter(1).await.heed(Told::Taken);
    assert_eq!(limit(&lane), 5);
}

#[tokio::test(start_paused = true)]
async fn a_batch_lowers_the_limit_by_those_of_its_items_that_are_refused() {
    for (refused, expected) in
        [(1, MAX_OF_TENANT - 20), (2, MAX_OF_TENANT - 40), (AT_ONCE, MAX_OF_TENANT - 80), (20, MAX_OF_TENANT - 80)]
    {
        let lane = Arc::new(Lane::default());
        let mut batches = Vec::new();
        for _ in 0..MAX_OF_TENANT / AT_ONCE {
            batches.push(lane.enter(AT_ONCE).await);
        }
        for batch in &batches[..20] {
            batch.heed(Told::Throttled { refused, retry_after: None });
        }
        assert_eq!(limit(&lane), expected, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_others_about_it_falls_to_one_and_never_to_nothing() {
    let lane = Arc::new(Lane::default());
    let mut refusals = 0;
    while limit(&lane) > 1 {
        let _other = lane.enter(1).await;
        lane.enter(1).await.heed(THROTTLED);
        refusals += 1;
    }
    assert!(refusals < 10, "{refusals}");
    // Then each is alone.
    lane.enter(1).await.heed(THROTTLED);
    assert_eq!(limit(&lane), 1);
    // A batch still goes, alone.
    let batch = lane.enter(4).await;
    let other = lane.enter(1);
    tokio::pin!(other);
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut other).await.is_err());
    drop(batch);
    other.await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_first_goes_first_and_who_has_left_takes_no_place() {
    let lane = Arc::new(Lane::default());
    let held = lane.enter(MAX_OF_TENANT).await;
    {
        let left = lane.enter(1);
        tokio::pin!(left);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut left).await.is_err());
    }
    let order = Mutex::new(Vec::new());
    let waits = async |n: usize| {
        // There is room for one of them at a time.
        let place = lane.enter(MAX_OF_TENANT).await;
        order.lock().expect("not poisoned").push(n);
        drop(place);
    };
    let letting_go = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(held);
    };
    tokio::join!(waits(0), waits(1), waits(2), letting_go);
    assert_eq!((order.into_inner().expect("not poisoned"), lane.lock().in_flight), (vec![0, 1, 2], 0));
}
