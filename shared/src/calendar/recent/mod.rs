//! Calendars as they were a short while ago, for lists that anyone may ask for: a page that asks again and again costs the calendar
//! service one request. Nothing that takes time relies on them.
//!
//! - this file: [`RecentCalendar`], a [`Calendar`] before another one.
//! - `cache`: [`BusyCache`], what all tenants of a process share.

mod cache;

use async_trait::async_trait;

pub use cache::BusyCache;

use self::cache::{Part, Source};
use super::{Calendar, CalendarError, CalendarView, Reply, Request};
use crate::{
    call::CallContext,
    domain::{BusyEntry, EmailAddress, TenantId, TimeSpan},
};

/// A tenant's calendars, whose busy time may be as old as the cache keeps it. Everything else is as `calendar` has it.
pub struct RecentCalendar<'a> {
    pub tenant: &'a TenantId,
    pub calendar: &'a dyn Calendar,
    pub cache: &'a BusyCache,
}

#[async_trait]
impl Calendar for RecentCalendar<'_> {
    async fn execute(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        self.calendar.execute(call, requests).await
    }

    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        let source = |mailbox: &EmailAddress| Source::new(self.tenant, mailbox, Part::FreeBusy);
        let ask = async |missing: Vec<usize>, window| {
            let mailboxes: Vec<_> = missing.into_iter().map(|index| mailboxes[index].clone()).collect();
            self.calendar.free_busy(call, &mailboxes, window).await
        };
        self.cache.get(call, mailboxes.iter().map(source).collect(), window, ask).await
    }

    /// A view that leaves out an event is one request's alone, and is read.
    async fn calendar_views(
        &self,
        call: &CallContext,
        views: &[CalendarView],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        if views.iter().any(|view| view.except.is_some()) {
            return self.calendar.calendar_views(call, views, window).await;
        }
        let part = |view: &CalendarView| view.calendar.clone().map_or(Part::DefaultCalendar, Part::Calendar);
        let source = |view: &CalendarView| Source::new(self.tenant, &view.mailbox, part(view));
        let ask = async |missing: Vec<usize>, window| {
            let views: Vec<_> = missing.into_iter().map(|index| views[index].clone()).collect();
            self.calendar.calendar_views(call, &views, window).await
        };
        self.cache.get(call, views.iter().map(source).collect(), window, ask).await
    }

    fn max_batch_size(&self) -> usize {
        self.calendar.max_batch_size()
    }
}
