//! How often a tenant's secrets may be read before it is known whether there is such a tenant.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::domain::TenantId;

/// For how many tenants that turn out not to exist a process reads secrets at once, at most: along with a tenant that it did
/// not know it reads one, or all three where the request goes on to a calendar.
const MAX_READS_AHEAD: usize = 5;
/// How long it takes until there may be one more.
const READ_AHEAD_INTERVAL: Duration = Duration::from_secs(10);

/// Decides whether a tenant's secrets are read along with the tenant, which saves a round trip, or after it, which saves
/// the reads if there is no such tenant.
///
/// A tenant that this process has seen is always read ahead, whatever names are made up beside it. A new name takes one of a
/// few permits, and gives it back if it is a tenant's. So made-up names cost the tenants that exist nothing, unless they come
/// faster than permits do: then a tenant's first request in this process, and no other, takes a round trip more.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// Tenants that exist, and no others.
    known: HashSet<TenantId>,
    /// When the permits in use come back, the latest last.
    in_use: Vec<Instant>,
}

/// When the secrets of a tenant are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Along with the tenant, which is known to exist.
    Together,
    /// Along with the tenant, by a permit.
    Permitted,
    /// After the tenant.
    After,
}

impl ReadAhead {
    /// In which order a tenant and its secrets are read now.
    pub(super) fn begin(&mut self, id: &TenantId, now: Instant) -> Order {
        if self.known.contains(id) {
            return Order::Together;
        }
        self.in_use.retain(|back| now < *back);
        if self.in_use.len() >= MAX_READS_AHEAD {
            return Order::After;
        }
        // One comes back after another: a burst is paid for by a pause as long as slow requests would have taken.
        let last = self.in_use.last().copied().unwrap_or(now);
        self.in_use.push(last + READ_AHEAD_INTERVAL);
        Order::Permitted
    }

    /// The tenant exists. Gives back the permit that reading it took, if it did.
    pub(super) fn exists(&mut self, id: &TenantId, order: Order) {
        if order == Order::Permitted {
            self.in_use.pop();
        }
        if !self.known.contains(id) {
            self.known.insert(id.clone());
        }
    }

    /// There is no such tenant, or no longer.
    pub(super) fn is_gone(&mut self, id: &TenantId) {
        self.known.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::samples::tenant;

    /// Made-up names, each another one, at these seconds; how many secrets are read for them.
    fn reads(ahead: &mut ReadAhead, start: Instant, seconds: impl Iterator<Item = u64>) -> usize {
        let ask = |second: u64| {
            let id = tenant(&format!("made-up-{second}"));
            let order = ahead.begin(&id, start + Duration::from_secs(second));
            ahead.is_gone(&id);
            order == Order::Permitted
        };
        seconds.map(ask).filter(|read| *read).count()
    }

    #[test]
    fn a_made_up_tenant_every_ten_seconds_holds_up_no_other() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        for round in 0..360 {
            assert_eq!(reads(&mut ahead, start, [round * 10].into_iter()), 1, "{round}");
            let (id, now) = (tenant(&format!("tenant-{round}")), start + Duration::from_secs(round * 10 + 1));
            assert_eq!(ahead.begin(&id, now), Order::Permitted, "a tenant's first request, {round}");
            ahead.exists(&id, Order::Permitted);
            assert_eq!(ahead.begin(&id, now), Order::Together, "{round}");
        }
    }

    #[test]
    fn made_up_tenants_cause_few_reads_however_fast_they_come() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        let contoso = tenant("contoso");
        ahead.exists(&contoso, Order::After);
        let everyone = (0..3600).flat_map(|second| [second; 10]);
        let count = reads(&mut ahead, start, everyone);
        assert!((300..=366).contains(&count), "{count} in an hour");
        let end = start + Duration::from_secs(3599);
        assert_eq!(ahead.begin(&contoso, end), Order::Together, "what exists is read ahead all the same");
        // Another one pays once with a round trip.
        let fabrikam = tenant("fabrikam");
        let order = ahead.begin(&fabrikam, end);
        ahead.exists(&fabrikam, order);
        assert_eq!((order, ahead.begin(&fabrikam, end)), (Order::After, Order::Together));
    }

    #[test]
    fn a_tenant_that_is_gone_is_as_good_as_made_up() {
        let (mut ahead, now) = (ReadAhead::default(), Instant::now());
        let contoso = tenant("contoso");
        ahead.exists(&contoso, Order::After);
        ahead.is_gone(&contoso);
        assert_eq!(ahead.begin(&contoso, now), Order::Permitted);
    }

    #[test]
    fn permits_come_back_one_by_one_and_at_once_if_the_tenant_exists() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        let orders: Vec<_> = (0..7).map(|_| ahead.begin(&tenant("contoso"), start)).collect();
        assert_eq!(orders.iter().filter(|order| **order == Order::Permitted).count(), MAX_READS_AHEAD);
        for order in orders {
            ahead.exists(&tenant("contoso"), order);
        }
        assert!(ahead.in_use.is_empty());
        assert_eq!(reads(&mut ahead, start, [0; 9].into_iter()), MAX_READS_AHEAD);
        assert_eq!(reads(&mut ahead, start, [10; 9].into_iter()), 1);
        assert_eq!(reads(&mut ahead, start, [40; 9].into_iter()), 3);
    }
}
