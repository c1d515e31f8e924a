//! What occupies calendars (`calendarView`): also those that free/busy does not show, and with the ids of the events.

use super::{
    batch::Operation,
    busy,
    connection::GraphCalendar,
    events::{
        event_in::{EventIn, EventsIn},
        requests::EventRequest,
        stored_times,
    },
    transport::{
        errors::Target,
        request::{GraphRequest, Prefer},
        response::{failed, parse},
        urls,
    },
};
use crate::{
    calendar::{CalendarError, CalendarView},
    call::CallContext,
    domain::{BusyEntry, TimeSpan},
};

const PROPERTIES: &str = "iCalUId,showAs,isAllDay,isCancelled,start,end";

/// A view and the window that it is read in.
struct WindowedView<'a> {
    view: &'a CalendarView,
    window: TimeSpan,
}

impl GraphCalendar {
    /// Sends several views in batches, a single one by itself, and further pages one by one.
    pub(super) async fn views(
        &self,
        call: &CallContext,
        views: &[CalendarView],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        let views: Vec<_> = views.iter().map(|view| WindowedView { view, window }).collect();
        self.run_in_batches(call, &views).await
    }
}

impl WindowedView<'_> {
    /// A request for the default calendar names nothing but the mailbox.
    fn target(&self) -> Target {
        if self.view.calendar.is_some() { Target::Calendar } else { Target::Mailbox }
    }
}

impl Operation for WindowedView<'_> {
    type Reply = Vec<BusyEntry>;

    fn request<'a>(&'a self, calendar: &'a GraphCalendar) -> Result<EventRequest<'a>, CalendarError> {
        let CalendarView { mailbox, calendar: id, .. } = self.view;
        let (cloud, filter) = (&calendar.tenant.cloud, stored_times::filter());
        let url = urls::calendar_view(cloud, mailbox, id.as_ref(), self.window, PROPERTIES, &filter);
        Ok(GraphRequest::get(url, calendar.limited_mailbox(mailbox), Prefer::Utc, self.target()))
    }

    async fn reply(
        &self,
        calendar: &GraphCalendar,
        call: &CallContext,
        body: &[u8],
    ) -> Result<Vec<BusyEntry>, CalendarError> {
        let first: EventsIn = parse(body)?;
        entries(&calendar.all_pages(call, &self.view.mailbox, first, self.target()).await?, self.view)
    }
}

fn entries(events: &[EventIn], view: &CalendarView) -> Result<Vec<BusyEntry>, CalendarError> {
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        if event.is_cancelled() || view.except.is_some() && event.uid() == view.except {
            continue;
        }
        // An event that is skipped would count as free time.
        let times = event.occupied().filter(|(start, end)| start <= end);
        let times = times.ok_or_else(|| failed("an event without times"))?;
        entries.extend(busy::entry(times, busy::status(event.show_as())));
    }
    entries.sort_unstable_by_key(|entry| (entry.span, entry.status));
    Ok(entries)
}
