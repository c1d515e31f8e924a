//! Who is free for a time, and whose ledgers a claim of it changes.

use std::collections::BTreeSet;

use super::{Bookable, BookingError, BookingScheduler, entries::Void, situation::Situation};
use crate::{
    call::CallContext,
    domain::{BookingId, EmailAddress, TimeSpan},
    problem::Problem,
    scheduling::records::{
        booking::{BookingRecord, DayHold, MAX_TURN_BOOKINGS, TurnHold},
        ledger::{BookedTime, days},
    },
};

/// Who would host a time, by index, and whose ledgers it needs.
pub(super) struct Choice {
    pub organizer: usize,
    pub members: Vec<usize>,
    /// Who must be free, the members among them.
    pub checked: Vec<usize>,
    pub void: Void,
}

impl BookingScheduler {
    /// Who takes the time, if it is free.
    pub(super) async fn choose(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        span: TimeSpan,
        situation: &Situation,
    ) -> Result<Choice, BookingError> {
        let (free, void) = self.free(call, configuration, situation, span, |_| true).await?;
        if configuration.is_round_robin() {
            let host = *free.first().ok_or(BookingError::SlotUnavailable)?;
            return Ok(Choice { organizer: host, members: vec![host], checked: vec![host], void });
        }
        let participants = configuration.participants;
        let organizer = participants.iter().position(|participant| participant.is_organizer);
        let organizer = organizer.ok_or_else(|| Problem::internal("a configuration without an organizer"))?;
        let members = (0..participants.len()).filter(|index| participants[*index].takes_part).collect();
        Ok(Choice { organizer, members, checked: free, void })
    }

    /// Who is free for a time, and the entries that were found not to count. `is_needed`: whose time matters, by index. Entries are
    /// examined only if they decide.
    pub(super) async fn free(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        situation: &Situation,
        span: TimeSpan,
        is_needed: impl Fn(usize) -> bool,
    ) -> Result<(Vec<usize>, Void), BookingError> {
        let entries = situation.entries(configuration);
        let check = |void: &Void| {
            let mut busy = situation.busy(configuration, void);
            for (_, busy) in busy.iter_mut().enumerate().filter(|(index, _)| !is_needed(*index)) {
                busy.clear();
            }
            configuration.rules.check(&situation.question(&busy), span)
        };
        let unavailable = || situation.failure().unwrap_or(BookingError::SlotUnavailable);
        let all: Void = entries.iter().map(|(member, entry)| (member.clone(), entry.key)).collect();
        let at_best = check(&all).map_err(|_| unavailable())?;
        if let Ok(free) = check(&Void::new())
            && free.first() == at_best.first()
        {
            return Ok((free, Void::new()));
        }
        let void = self.void_entries(call, &entries).await;
        let free = check(&void).map_err(|_| unavailable())?;
        Ok((free, void))
    }

    /// The ledgers of all participants who must be free, on the days that the time touches with its buffers.
    pub(super) fn day_holds(
        &self,
        configuration: &Bookable<'_>,
        situation: &Situation,
        choice: &Choice,
        (id, record): (BookingId, &BookingRecord),
        time: BookedTime,
    ) -> Vec<DayHold> {
        let own: BTreeSet<_> = days(time.span).collect();
        let session = self.session_of(id, record.clone());
        let mut holds = Vec::new();
        for participant in &choice.checked {
            let member = &configuration.participants[*participant].address;
            let is_member = choice.members.contains(participant);
            for day in days(configuration.rules.widened(time.span)) {
                let read = situation.day(*participant, member, day);
                let entry = (is_member && own.contains(&day)).then(|| session.entry(record, time));
                // A young one may belong to a record that is about to follow its event.
                let old = read.entries.iter().filter(|entry| !entry.is_young(situation.now)).map(|entry| entry.key);
                let void = old.filter(|key| choice.void.contains(&(member.clone(), *key))).collect();
                holds.push(DayHold { read, entry, void });
            }
        }
        holds
    }
}

/// The host's turn, which keeps the latest bookings.
pub(super) fn turn(situation: &Situation, host: EmailAddress) -> TurnHold {
    let turn = situation.turns.iter().find(|turn| turn.host == host);
    let mut bookings = turn.map_or_else(Vec::new, |turn| turn.bookings.clone());
    bookings.sort_unstable_by_key(|(_, created_at)| std::cmp::Reverse(*created_at));
    let outdated = bookings.into_iter().skip(MAX_TURN_BOOKINGS - 1).map(|(booking, _)| booking).collect();
    TurnHold { host, outdated }
}
