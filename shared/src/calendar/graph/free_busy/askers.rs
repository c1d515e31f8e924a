//! Through whom questions are asked. `getSchedule` is a request to somebody's mailbox, and tells of any other.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
};

use super::{plan::Plan, question::Question};
use crate::{
    calendar::{CalendarError, graph::transport::limits::AT_ONCE},
    domain::{EmailAddress, Tenant},
};

/// How many members a question is put to before they count as no help.
const MAX_MEMBERS_TRIED: usize = 2;

/// Over so many mailboxes the questions are spread that mailboxes of other chunks are asked.
const OUTSIDERS: usize = 8;

/// What is known of a mailbox as one to ask.
enum Standing {
    /// It has answered.
    Answers,
    /// It is throttled: to be asked once there is no other.
    Throttled,
    /// It cannot be asked.
    Unusable(CalendarError),
}

/// Who is to be asked next.
pub(super) enum Next {
    /// This mailbox.
    Ask(EmailAddress),
    /// Each mailbox of the question by itself that has not been tried.
    Probe(Vec<usize>),
    /// There is none left.
    Exhausted,
}

/// What a call has learnt of the mailboxes to ask.
pub(super) struct Askers<'a> {
    tenant: &'a Tenant,
    plan: &'a Plan<'a>,
    known: HashMap<EmailAddress, Standing>,
    /// Those that have answered, in that order.
    answering: Vec<EmailAddress>,
    /// Chunks of which a mailbox does not exist: they are asked about through one that does.
    with_unknown: HashSet<usize>,
    members: OnceCell<HashSet<String>>,
}

impl<'a> Askers<'a> {
    pub(super) fn new(tenant: &'a Tenant, plan: &'a Plan<'a>) -> Self {
        Self {
            tenant,
            plan,
            known: HashMap::new(),
            answering: Vec::new(),
            with_unknown: HashSet::new(),
            members: OnceCell::new(),
        }
    }

    /// It answered.
    pub(super) fn answered(&mut self, asker: &EmailAddress) {
        let before = self.known.insert(asker.clone(), Standing::Answers);
        if !matches!(before, Some(Standing::Answers)) && !self.answering.contains(asker) {
            self.answering.push(asker.clone());
        }
    }

    /// It is throttled.
    pub(super) fn throttled(&mut self, asker: &EmailAddress) {
        self.known.insert(asker.clone(), Standing::Throttled);
    }

    /// It cannot be asked.
    pub(super) fn cannot(&mut self, asker: &EmailAddress, chunk: usize, error: CalendarError) {
        if error == CalendarError::MailboxNotFound && self.is_in(chunk, asker) {
            self.with_unknown.insert(chunk);
        }
        self.answering.retain(|other| other != asker);
        self.known.insert(asker.clone(), Standing::Unusable(error));
    }

    /// Why a mailbox that is asked about cannot be asked.
    pub(super) fn why_not(&self, place: usize) -> Option<&CalendarError> {
        match self.known.get(self.plan.mailboxes[place]) {
            Some(Standing::Unusable(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether the chunk of a question has a mailbox that can be asked and is not throttled.
    pub(super) fn has_another(&self, question: &Question) -> bool {
        let mut chunk = self.plan.chunk(question.chunk());
        chunk.any(|place| matches!(self.known.get(self.plan.mailboxes[place]), None | Some(Standing::Answers)))
    }

    /// Whether it is to be expected that many mailboxes of a chunk do not exist: one did not, or none is of the organization
    /// by its address.
    pub(super) fn is_doubtful(&self, chunk: usize) -> bool {
        let is_own = |place: usize| self.is_member(place) || self.is_of_the_tenant(place);
        self.with_unknown.contains(&chunk) || !self.plan.chunk(chunk).any(is_own)
    }

    /// Whether a mailbox outside of the chunk may be asked about this one. What Microsoft denies the application of a mailbox is
    /// for mailboxes of its chunk to tell, as it always was, and for no others.
    pub(super) fn may_be_told_by_outsiders(&self, place: usize) -> bool {
        !matches!(self.why_not(place), Some(CalendarError::AccessDenied { .. }))
    }

    /// Whom to ask. Mailboxes of the chunk come first, each question through another one, so that no mailbox's bound on
    /// requests in flight holds the others up.
    pub(super) fn next(&self, question: &Question) -> Next {
        if question.is_probe {
            return question.about.first().map_or(Next::Exhausted, |place| self.ask(*place));
        }
        let chunk = self.plan.chunk(question.chunk());
        let open = |place: &usize| !matches!(self.known.get(self.plan.mailboxes[*place]), Some(Standing::Unusable(_)));
        let (mut trusted, mut untried, mut throttled) = (Vec::new(), Vec::new(), Vec::new());
        for place in chunk.filter(open) {
            match self.known.get(self.plan.mailboxes[place]) {
                Some(Standing::Throttled) => throttled.push(place),
                Some(Standing::Answers) => trusted.push(place),
                _ if self.is_member(place) => trusted.push(place),
                _ => untried.push(place),
            }
        }
        let of_domain: Vec<usize> = untried.iter().copied().filter(|place| self.is_of_the_tenant(*place)).collect();
        let is_first = question.passed_on == 0;
        if is_first && trusted.len() * AT_ONCE < self.plan.pieces.len() && self.is_all_open(question.chunk()) {
            // Too few are known to answer to bear all pieces at once.
            trusted.extend(&of_domain);
        }
        if let Some(place) = pick(&trusted, question.turn) {
            return self.ask(place);
        }
        // Of a chunk in which each has been tried, each has its own answer.
        let is_of_strangers = of_domain.is_empty() || self.with_unknown.contains(&question.chunk());
        if is_of_strangers
            && !untried.is_empty()
            && let Some(outsider) = self.outsider(question)
        {
            return Next::Ask(outsider);
        }
        let to_probe: Vec<usize> = untried.iter().copied().filter(|place| question.about.contains(place)).collect();
        if question.passed_on > 1 && to_probe.len() > 1 {
            return Next::Probe(to_probe);
        }
        let rest = [of_domain, untried, throttled].into_iter().find(|places| !places.is_empty()).unwrap_or_default();
        pick(&rest, question.turn).map_or(Next::Exhausted, |place| self.ask(place))
    }

    fn ask(&self, place: usize) -> Next {
        Next::Ask(self.plan.mailboxes[place].clone())
    }

    /// Whether a mailbox is one of a chunk.
    pub(super) fn is_in(&self, chunk: usize, mailbox: &EmailAddress) -> bool {
        self.plan.chunk(chunk).any(|place| self.plan.mailboxes[place] == mailbox)
    }

    /// Whether nothing is known to be wrong with any mailbox of a chunk.
    fn is_all_open(&self, chunk: usize) -> bool {
        self.plan.chunk(chunk).all(|place| self.why_not(place).is_none())
    }

    /// One that has answered elsewhere in this call, or a member of the tenant, spread over several. Members that cannot be
    /// asked are no help, and not all are tried.
    fn outsider(&self, question: &Question) -> Option<EmailAddress> {
        let mut outsiders: Vec<EmailAddress> = self.answering.clone();
        let count = self.tenant.members.len();
        if question.passed_on <= MAX_MEMBERS_TRIED && outsiders.len() < OUTSIDERS {
            let members = (0..count).map(|n| &self.tenant.members[(n + question.chunk()) % count]);
            let members = members.filter_map(|member| member.email.parse().ok());
            let untried = members.filter(|member| !self.known.contains_key(member));
            outsiders.extend(untried.take(OUTSIDERS - self.answering.len()));
        }
        let place = (question.turn + question.chunk()).checked_rem(outsiders.len())?;
        Some(outsiders.swap_remove(place))
    }

    fn is_member(&self, place: usize) -> bool {
        let members = self.members.get_or_init(|| {
            let folded = self.tenant.members.iter().map(|member| member.email.to_lowercase());
            folded.collect()
        });
        members.contains(self.plan.mailboxes[place].folded())
    }

    /// Whether an address is of one of the organization's domains. Where none are known any may be.
    fn is_of_the_tenant(&self, place: usize) -> bool {
        let domain = self.plan.mailboxes[place].folded().rsplit('@').next().unwrap_or_default();
        self.tenant.domains.is_empty() || self.tenant.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }
}

fn pick(places: &[usize], turn: usize) -> Option<usize> {
    places.get(turn.checked_rem(places.len())?).copied()
}
