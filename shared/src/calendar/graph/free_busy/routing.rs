//! Through which mailbox a question is sent. `getSchedule` is a request to one mailbox, and answers about any others.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
};

use super::{plan::Plan, question::Question};
use crate::{
    calendar::{CalendarError, graph::transport::limits::MAX_CONCURRENT},
    domain::{EmailAddress, Tenant},
};

/// Members of the tenant are tried as a route until a question was rerouted more often than this.
const MAX_MEMBERS_TRIED: usize = 2;

/// Questions that are sent through mailboxes of other chunks are spread over at most so many of them.
const MAX_OUTSIDERS: usize = 8;

/// What this call knows about a mailbox as a route.
enum MailboxState {
    /// A request to it succeeded.
    Works,
    /// It is throttled, and used only if no other is left.
    Throttled,
    /// Requests to it fail.
    Unusable(CalendarError),
}

pub(super) enum Route {
    Through(EmailAddress),
    /// Each of these mailboxes gets a question about itself, to find one that works.
    Probe(Vec<usize>),
    /// No mailbox is left.
    Exhausted,
}

pub(super) struct Routing<'a> {
    tenant: &'a Tenant,
    plan: &'a Plan<'a>,
    known: HashMap<EmailAddress, MailboxState>,
    /// Mailboxes through which a request succeeded, oldest first.
    working: Vec<EmailAddress>,
    /// Chunks in which a mailbox does not exist. Their questions are sent through an existing one.
    with_unknown: HashSet<usize>,
    members: OnceCell<HashSet<String>>,
}

impl<'a> Routing<'a> {
    pub(super) fn new(tenant: &'a Tenant, plan: &'a Plan<'a>) -> Self {
        Self {
            tenant,
            plan,
            known: HashMap::new(),
            working: Vec::new(),
            with_unknown: HashSet::new(),
            members: OnceCell::new(),
        }
    }

    pub(super) fn record_answer(&mut self, mailbox: &EmailAddress) {
        let before = self.known.insert(mailbox.clone(), MailboxState::Works);
        if !matches!(before, Some(MailboxState::Works)) && !self.working.contains(mailbox) {
            self.working.push(mailbox.clone());
        }
    }

    pub(super) fn record_throttled(&mut self, mailbox: &EmailAddress) {
        self.known.insert(mailbox.clone(), MailboxState::Throttled);
    }

    pub(super) fn record_unusable(&mut self, mailbox: &EmailAddress, chunk: usize, error: CalendarError) {
        if error == CalendarError::MailboxNotFound && self.is_in(chunk, mailbox) {
            self.with_unknown.insert(chunk);
        }
        self.working.retain(|other| other != mailbox);
        self.known.insert(mailbox.clone(), MailboxState::Unusable(error));
    }

    /// The error of a mailbox that is unusable as a route.
    pub(super) fn route_error(&self, index: usize) -> Option<&CalendarError> {
        match self.known.get(self.plan.mailboxes[index]) {
            Some(MailboxState::Unusable(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether the chunk of a question has a mailbox that may work and is not throttled.
    pub(super) fn has_another(&self, question: &Question) -> bool {
        let mut chunk = self.plan.chunk(question.chunk());
        chunk.any(|index| matches!(self.known.get(self.plan.mailboxes[index]), None | Some(MailboxState::Works)))
    }

    /// Whether many mailboxes of a chunk are likely not to exist: one did not, or none has an address of the organization.
    pub(super) fn is_doubtful(&self, chunk: usize) -> bool {
        let is_own = |index: usize| self.is_member(index) || self.is_of_the_tenant(index);
        self.with_unknown.contains(&chunk) || !self.plan.chunk(chunk).any(is_own)
    }

    /// Whether a question about this mailbox may be sent through a mailbox outside of its chunk. Not if the application has no
    /// access to it: then only mailboxes of its chunk are used.
    pub(super) fn may_use_outsiders(&self, index: usize) -> bool {
        !matches!(self.route_error(index), Some(CalendarError::AccessDenied { .. }))
    }

    /// The route of a question. Mailboxes of its chunk come first, a different one for each question, so that the limit of one
    /// mailbox does not delay the others.
    pub(super) fn next(&self, question: &Question) -> Route {
        if question.is_probe {
            return question.about.first().map_or(Route::Exhausted, |index| self.through(*index));
        }
        let chunk = self.plan.chunk(question.chunk());
        let open =
            |index: &usize| !matches!(self.known.get(self.plan.mailboxes[*index]), Some(MailboxState::Unusable(_)));
        let (mut trusted, mut untried, mut throttled) = (Vec::new(), Vec::new(), Vec::new());
        for index in chunk.filter(open) {
            match self.known.get(self.plan.mailboxes[index]) {
                Some(MailboxState::Throttled) => throttled.push(index),
                Some(MailboxState::Works) => trusted.push(index),
                _ if self.is_member(index) => trusted.push(index),
                _ => untried.push(index),
            }
        }
        let of_domain: Vec<usize> = untried.iter().copied().filter(|index| self.is_of_the_tenant(*index)).collect();
        let is_first = question.reroutes == 0;
        if is_first && trusted.len() * MAX_CONCURRENT < self.plan.pieces.len() && self.is_all_open(question.chunk()) {
            // Too few mailboxes are known to work for all pieces at once.
            trusted.extend(&of_domain);
        }
        if let Some(index) = pick(&trusted, question.turn) {
            return self.through(index);
        }
        // If each mailbox of the chunk was tried, each has its own result.
        let is_of_strangers = of_domain.is_empty() || self.with_unknown.contains(&question.chunk());
        if is_of_strangers
            && !untried.is_empty()
            && let Some(outsider) = self.outsider(question)
        {
            return Route::Through(outsider);
        }
        let to_probe: Vec<usize> = untried.iter().copied().filter(|index| question.about.contains(index)).collect();
        if question.reroutes > 1 && to_probe.len() > 1 {
            return Route::Probe(to_probe);
        }
        let rest = [of_domain, untried, throttled].into_iter().find(|indexes| !indexes.is_empty()).unwrap_or_default();
        pick(&rest, question.turn).map_or(Route::Exhausted, |index| self.through(index))
    }

    fn through(&self, index: usize) -> Route {
        Route::Through(self.plan.mailboxes[index].clone())
    }

    /// Whether a mailbox is one of a chunk.
    pub(super) fn is_in(&self, chunk: usize, mailbox: &EmailAddress) -> bool {
        self.plan.chunk(chunk).any(|index| self.plan.mailboxes[index] == mailbox)
    }

    /// Whether no mailbox of a chunk is known to be unusable.
    fn is_all_open(&self, chunk: usize) -> bool {
        self.plan.chunk(chunk).all(|index| self.route_error(index).is_none())
    }

    /// A mailbox through which a request of this call succeeded, or a member of the tenant. Only a few members are tried.
    fn outsider(&self, question: &Question) -> Option<EmailAddress> {
        let mut outsiders: Vec<EmailAddress> = self.working.clone();
        let count = self.tenant.members.len();
        if question.reroutes <= MAX_MEMBERS_TRIED && outsiders.len() < MAX_OUTSIDERS {
            let members = (0..count).map(|n| &self.tenant.members[(n + question.chunk()) % count]);
            let members = members.filter_map(|member| member.email.parse().ok());
            let untried = members.filter(|member| !self.known.contains_key(member));
            outsiders.extend(untried.take(MAX_OUTSIDERS - self.working.len()));
        }
        let index = (question.turn + question.chunk()).checked_rem(outsiders.len())?;
        Some(outsiders.swap_remove(index))
    }

    fn is_member(&self, index: usize) -> bool {
        let members = self.members.get_or_init(|| {
            let folded = self.tenant.members.iter().map(|member| member.email.to_lowercase());
            folded.collect()
        });
        members.contains(self.plan.mailboxes[index].folded())
    }

    /// Whether an address is in one of the organization's domains. If none are configured, every address is.
    fn is_of_the_tenant(&self, index: usize) -> bool {
        let domain = self.plan.mailboxes[index].folded().rsplit('@').next().unwrap_or_default();
        self.tenant.domains.is_empty() || self.tenant.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }
}

fn pick(indexes: &[usize], turn: usize) -> Option<usize> {
    indexes.get(turn.checked_rem(indexes.len())?).copied()
}
