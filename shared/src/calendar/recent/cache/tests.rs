use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::*;
use crate::{
    call::Deadline,
    domain::{BusyStatus, parse_utc},
};

fn at(text: &str) -> DateTime<Utc> {
    parse_utc(text).expect("a time")
}

fn span(start: &str, end: &str) -> TimeSpan {
    TimeSpan::new(at(start), at(end)).expect("a span")
}

/// Hours of a day in May 2026.
fn hours(day: u32, from: u32, to: u32) -> TimeSpan {
    span(&format!("2026-05-{day:02}T{from:02}:00:00Z"), &format!("2026-05-{day:02}T{to:02}:00:00Z"))
}

fn source(tenant: &str, mailbox: &str) -> Arc<Source> {
    let tenant = TenantId::new(tenant).expect("a name");
    Source::new(&tenant, &mailbox.parse().expect("an address"), Part::FreeBusy)
}

fn call() -> CallContext {
    CallContext::new(Deadline::after(Duration::from_secs(20), Utc::now()))
}

/// A calendar service in which everybody has the same entries. It notes what it is asked.
#[derive(Default)]
struct Service {
    entries: Mutex<Vec<TimeSpan>>,
    is_away: Mutex<bool>,
    asked: Mutex<Vec<(usize, TimeSpan)>>,
}

impl Service {
    fn of(entries: &[TimeSpan]) -> Self {
        Self { entries: Mutex::new(entries.to_vec()), ..Self::default() }
    }

    async fn answer(&self, sources: Vec<usize>, window: TimeSpan) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        self.asked.lock().expect("not poisoned").push((sources.len(), window));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let is_away = *self.is_away.lock().expect("not poisoned");
        let entries = self.entries.lock().expect("not poisoned").clone();
        let entries = entries.into_iter().filter(|span| span.clip(&window).is_some());
        let entries: Vec<_> = entries.map(|span| BusyEntry { span, status: BusyStatus::Busy }).collect();
        let answer = |_| if is_away { Err(CalendarError::MailboxNotFound) } else { Ok(entries.clone()) };
        sources.iter().map(answer).collect()
    }

    /// What was asked since this was last called: of how many, and in which window.
    fn asked(&self) -> Vec<(usize, TimeSpan)> {
        std::mem::take(&mut *self.asked.lock().expect("not poisoned"))
    }

    async fn list(
        &self,
        cache: &BusyCache,
        sources: &[Arc<Source>],
        window: TimeSpan,
    ) -> Vec<Result<Vec<TimeSpan>, CalendarError>> {
        let ask = async |sources, window| self.answer(sources, window).await;
        let found = cache.get(&call(), sources.to_vec(), window, ask).await;
        found.into_iter().map(|found| Ok(found?.into_iter().map(|entry| entry.span).collect())).collect()
    }
}

fn whole(first: u32, last: u32) -> TimeSpan {
    span(&format!("2026-05-{first:02}T00:00:00Z"), &format!("2026-05-{:02}T00:00:00Z", last + 1))
}

#[tokio::test(start_paused = true)]
async fn a_day_is_asked_for_once_in_thirty_seconds() {
    let (cache, meeting) = (BusyCache::default(), hours(4, 10, 11));
    let service = Service::of(&[meeting]);
    let anne = [source("contoso", "anne@contoso.com")];
    for window in [hours(4, 9, 12), hours(4, 8, 17), whole(4, 4)] {
        assert_eq!(service.list(&cache, &anne, window).await, [Ok(vec![meeting])]);
    }
    assert_eq!(service.asked(), [(1, whole(4, 4))]);
    // The second in which it was asked counts.
    tokio::time::advance(Duration::from_secs(28)).await;
    *service.entries.lock().expect("not poisoned") = Vec::new();
    assert_eq!(service.list(&cache, &anne, hours(4, 9, 12)).await, [Ok(vec![meeting])]);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(service.list(&cache, &anne, hours(4, 9, 12)).await, [Ok(Vec::new())]);
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_missing_is_asked_for() {
    let (cache, night) = (BusyCache::default(), span("2026-05-04T22:00:00Z", "2026-05-05T06:00:00Z"));
    let service = Service::of(&[night]);
    let all = [source("contoso", "anne@contoso.com"), source("contoso", "ben@contoso.com")];
    service.list(&cache, &all[..1], hours(4, 9, 12)).await;
    service.asked();
    // An entry of two days is one entry.
    assert_eq!(service.list(&cache, &all[..1], whole(4, 6)).await, [Ok(vec![night])]);
    assert_eq!(service.asked(), [(1, whole(5, 6))]);
    assert_eq!(service.list(&cache, &all, hours(5, 9, 12)).await, [Ok(vec![night]), Ok(vec![night])]);
    assert_eq!(service.asked(), [(1, whole(5, 5))]);
    // A window ends before its end.
    assert_eq!(
        service.list(&cache, &all[..1], span("2026-05-06T23:00:00Z", "2026-05-07T00:00:00Z")).await,
        [Ok(vec![])]
    );
    assert_eq!(service.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn tenants_mailboxes_and_calendars_share_nothing() {
    let (cache, service) = (BusyCache::default(), Service::of(&[]));
    let (tenant, anne) = (TenantId::new("contoso").expect("a name"), "anne@contoso.com".parse().expect("an address"));
    let work = CalendarId::new("work").expect("an id");
    let sources = [
        source("contoso", "anne@contoso.com"),
        source("fabrikam", "anne@contoso.com"),
        source("contoso", "ben@contoso.com"),
        Source::new(&tenant, &anne, Part::DefaultCalendar),
        Source::new(&tenant, &anne, Part::Calendar(work)),
    ];
    for source in &sources {
        service.list(&cache, std::slice::from_ref(source), whole(4, 4)).await;
    }
    assert_eq!(service.asked().len(), sources.len());
    service.list(&cache, &[source("contoso", "Anne@Contoso.com")], whole(4, 4)).await;
    assert_eq!(service.asked().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn failures_are_nobody_elses() {
    let (cache, service) = (BusyCache::default(), Service::of(&[]));
    let all = [source("contoso", "anne@contoso.com"), source("contoso", "ben@contoso.com")];
    service.list(&cache, &all[..1], whole(4, 4)).await;
    *service.is_away.lock().expect("not poisoned") = true;
    assert_eq!(service.list(&cache, &all, whole(4, 4)).await, [Ok(vec![]), Err(CalendarError::MailboxNotFound)]);
    *service.is_away.lock().expect("not poisoned") = false;
    assert_eq!(service.list(&cache, &all, whole(4, 4)).await, [Ok(vec![]), Ok(vec![])]);
    assert_eq!(service.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn requests_with_the_same_question_wait_for_one_answer() {
    let (cache, service) = (BusyCache::default(), Service::of(&[]));
    let anne = [source("contoso", "anne@contoso.com")];
    let lists = join_all((9..20).map(|hour| service.list(&cache, &anne, hours(4, hour, hour + 1)))).await;
    assert!(lists.iter().all(|list| *list == [Ok(vec![])]));
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_days_go_if_there_are_too_many() {
    let (cache, asked) = (BusyCache::default(), AtomicUsize::new(0));
    let ask = async |sources: Vec<usize>, _| {
        asked.fetch_add(1, Ordering::Relaxed);
        vec![Ok(Vec::new()); sources.len()]
    };
    let year = span("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let people = |number: usize| vec![source("contoso", &format!("person{number}@contoso.com"))];
    let count = MAX_SIZE / 365 + 10;
    for number in 0..count {
        cache.get(&call(), people(number), year, ask).await;
    }
    let sizes = || {
        let kept = cache.days();
        [kept.size, kept.order.len(), kept.by_key.len()]
    };
    let [size, others @ ..] = sizes();
    assert!(size <= MAX_SIZE && others == [size; 2], "{size} {others:?}");
    asked.store(0, Ordering::Relaxed);
    cache.get(&call(), people(count - 1), year, ask).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    cache.get(&call(), people(0), year, ask).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // Nothing stays that is not fresh.
    tokio::time::advance(FRESH_FOR).await;
    cache.get(&call(), people(0), whole(4, 4), ask).await;
    assert_eq!(sizes(), [1; 3]);
}
