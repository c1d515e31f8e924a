//! What one call for free/busy has asked, has learnt, and has yet to ask.

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use super::{
    super::{course::Miss, retry::Repeat, schedules::Row},
    Entries,
    askers::{Askers, Next},
    parts::Parts,
    plan::Plan,
    question::{Question, packed},
};
use crate::{
    calendar::{BusyEntry, BusyStatus, CalendarError},
    domain::{Access, EmailAddress, Tenant},
};

/// How many requests a call makes beside the first for each question, at most.
const MAX_MORE: usize = 20;
/// And so many of them for calendars with too many entries for an answer.
const MAX_FOR_PARTS: usize = 16;
/// One more for so many mailboxes that fail.
const FAILING_FOR_ONE_MORE: usize = 10;
/// Questions that are due within so much time go together.
const TOGETHER: Duration = Duration::from_millis(300);
/// A throttled question is put to so many others before it waits.
const MAX_ELSEWHERE: usize = 4;
/// A question that Graph refuses as a whole is asked again about so few mailboxes at a time, and then about each.
const GROUP: usize = 5;

/// A question with the mailbox that it is asked through; the signed-in person's own if `None`.
pub(super) type Asked = (Question, Option<EmailAddress>);

/// The state of a call for free/busy.
pub(super) struct Inquiry<'a> {
    access: Access,
    askers: Askers<'a>,
    found: Vec<Entries>,
    parts: Parts,
    waiting: Vec<(Instant, Question)>,
    /// Questions that wait for what others will tell of their mailboxes.
    parked: Vec<Question>,
    /// Chunks of which some answer has come.
    told: HashSet<usize>,
    /// Chunks among whose mailboxes the one is looked for for which Graph refuses the whole question.
    searched: HashSet<usize>,
    /// How many requests were made beside the first for each question.
    more: usize,
    for_parts: usize,
    is_first_round: bool,
    /// Why there is no use in asking anybody any more.
    ended: Option<CalendarError>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(tenant: &'a Tenant, plan: &'a Plan<'a>) -> Self {
        Self {
            access: tenant.access,
            askers: Askers::new(tenant, plan),
            found: vec![Ok(Vec::new()); plan.mailboxes.len()],
            parts: Parts::default(),
            waiting: Vec::new(),
            parked: Vec::new(),
            told: HashSet::new(),
            searched: HashSet::new(),
            more: 0,
            for_parts: 0,
            is_first_round: true,
            ended: None,
        }
    }

    /// What was found for each mailbox.
    pub(super) fn into_found(self) -> Vec<Entries> {
        self.found
    }

    /// What is asked next, and when: questions that go together. `None`: everything is answered.
    pub(super) fn next_round(&mut self) -> Option<(Instant, Vec<Vec<Question>>)> {
        let now = Instant::now();
        if self.waiting.is_empty() {
            self.searched.clear();
            let released = std::mem::take(&mut self.parked);
            self.waiting.extend(released.into_iter().map(|question| (now, question)));
        }
        let parts = self.parts.questions();
        let first = self.waiting.iter().map(|(due, _)| *due).min();
        let until = first.unwrap_or(now) + TOGETHER;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(due, _)| *due <= until);
        self.waiting = later;
        let at = due.iter().map(|(due, _)| *due).max().unwrap_or(now);
        let again: Vec<Question> = due.into_iter().filter_map(|(_, question)| self.still_open(question)).collect();
        let mut packs = self.affordable(packed(again), now);
        packs.extend(self.affordable_parts(packed(parts)));
        self.is_first_round = false;
        (!packs.is_empty() || !self.waiting.is_empty()).then_some((at, packs))
    }

    /// The requests that the bound on a call's requests still allows. Where these may learn of more mailboxes that fail, the
    /// others wait for that; else their questions have failed as they did last.
    fn affordable(&mut self, packs: Vec<Vec<Question>>, now: Instant) -> Vec<Vec<Question>> {
        let failing = self
            .found
            .iter()
            .enumerate()
            .filter(|(place, found)| found.is_err() || self.askers.why_not(*place).is_some());
        let most = MAX_MORE + failing.count() / FAILING_FOR_ONE_MORE;
        let mut packs = packs.into_iter();
        let allowed: Vec<_> = packs.by_ref().take(most.saturating_sub(self.more)).collect();
        self.more += allowed.len();
        for question in packs.flatten() {
            if allowed.is_empty() {
                let error = question.error.clone().unwrap_or(CalendarError::Throttled { retry_after: None });
                self.fail_all(&question.about, &error);
            } else {
                self.waiting.push((now, question));
            }
        }
        allowed
    }

    /// And those for parts of the window. To ask again would not help whom the others are about, but a shorter window does.
    fn affordable_parts(&mut self, packs: Vec<Vec<Question>>) -> Vec<Vec<Question>> {
        let mut allowed = Vec::with_capacity(packs.len());
        for pack in packs {
            if self.for_parts < MAX_FOR_PARTS && self.more < MAX_MORE {
                self.for_parts += 1;
                self.more += 1;
                allowed.push(pack);
                continue;
            }
            for question in pack {
                self.fail_all(&question.about, &CalendarError::Rejected { code: "5006".to_owned() });
            }
        }
        allowed
    }

    /// A question without the mailboxes of which nothing more is to be found out. `None`: it is about no other.
    fn still_open(&self, mut question: Question) -> Option<Question> {
        question.about.retain(|place| self.found[*place].is_ok());
        (!question.about.is_empty()).then_some(question)
    }

    /// Whom each question is to be asked through, by what is known now. Questions that are not asked now are left out.
    pub(super) fn prepare(&mut self, questions: Vec<Question>) -> Vec<Asked> {
        let mut asked = Vec::with_capacity(questions.len());
        for question in questions {
            if let Some(error) = self.ended.clone() {
                self.fail_all(&question.about, &error);
            } else if let Some(question) = self.still_open(question) {
                asked.extend(self.prepare_one(question));
            }
        }
        if asked.is_empty() && !self.is_first_round {
            self.more -= 1;
        }
        asked
    }

    fn prepare_one(&mut self, question: Question) -> Option<Asked> {
        if self.access == Access::Delegated {
            return Some((question, None));
        }
        let chunk = question.chunk();
        if self.is_first_round && question.turn > 0 && !self.told.contains(&chunk) && self.askers.is_doubtful(chunk) {
            // One question finds out who of them exists; the others are then about those.
            self.parked.push(question);
            return None;
        }
        match self.askers.next(&question) {
            Next::Ask(asker) if self.askers.is_in(question.chunk(), &asker) => Some((question, Some(asker))),
            Next::Ask(outsider) => {
                let about = question.about.iter().copied();
                let (about, denied) = about.partition(|place| self.askers.may_be_told_by_outsiders(*place));
                self.fail_by_themselves(denied);
                let question = self.still_open(Question { about, ..question })?;
                Some((question, Some(outsider)))
            }
            Next::Probe(places) => {
                let now = Instant::now();
                let probe = |place: &usize| Question { is_probe: true, ..question.narrowed(vec![*place]) };
                self.waiting.extend(places.iter().map(|place| (now, probe(place))));
                self.parked.push(question);
                None
            }
            Next::Nobody => {
                self.fail_by_themselves(question.about);
                None
            }
        }
    }

    /// Takes in what came of a question.
    pub(super) fn take(
        &mut self,
        (question, asker): Asked,
        answer: Result<Vec<Row>, Miss>,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        match (answer, asker) {
            (Ok(rows), asker) => {
                if let Some(asker) = asker {
                    self.askers.answered(&asker);
                }
                self.answered(&question, rows);
            }
            (Err(Miss::TooLarge | Miss::Error(CalendarError::Rejected { .. })), _) if question.about.len() > 1 => {
                self.search(question);
            }
            (
                Err(Miss::Error(error @ (CalendarError::MailboxNotFound | CalendarError::AccessDenied { .. }))),
                Some(asker),
            ) => {
                self.pass_on(question, &asker, error);
            }
            (Err(Miss::Error(CalendarError::MailboxNotFound)), None) => {
                // The signed-in person has no mailbox: that says nothing about the ones asked for.
                self.fail_all(&question.about, &CalendarError::AccessDenied { code: "NoMailbox".to_owned() });
            }
            (Err(miss), asker) => self.missed(question, asker, miss, remaining, reject),
        }
    }

    /// Takes in that a batch failed as a whole, which says nothing of the mailboxes that its questions were asked through.
    pub(super) fn take_all(&mut self, asked: Vec<Asked>, miss: &Miss, remaining: Duration, reject: impl Fn() -> bool) {
        let now = Instant::now();
        for (mut question, _) in asked {
            if matches!(miss, Miss::TooLarge | Miss::Error(CalendarError::Rejected { .. })) {
                question.alone = true;
                self.waiting.push((now, question));
            } else {
                self.missed(question, None, miss.clone(), remaining, &reject);
            }
        }
    }

    /// Nobody can be asked any more.
    pub(super) fn end(&mut self, asked: Vec<Asked>, error: &CalendarError) {
        self.ended.get_or_insert_with(|| error.clone());
        for (question, _) in asked {
            self.fail_all(&question.about, error);
        }
    }

    fn answered(&mut self, question: &Question, rows: Vec<Row>) {
        self.told.insert(question.chunk());
        if question.is_probe {
            for parked in self.parked.iter_mut().filter(|parked| parked.window == question.window) {
                parked.about.retain(|place| !question.about.contains(place));
            }
        }
        for (place, row) in question.about.iter().zip(rows) {
            let too_many = row == Row::TooMany;
            match row {
                Row::Entries(entries) => self.add(*place, entries),
                Row::TooMany => {}
                Row::Failed(error) => self.fail(*place, error),
            }
            let given_up = self.parts.answered(*place, question.window, question.part_of, too_many);
            // What is unknown counts as taken.
            let taken = given_up.into_iter().map(|span| BusyEntry { span, status: BusyStatus::Unknown });
            self.add(*place, taken.collect());
        }
    }

    /// The mailbox that was asked through cannot be asked: another one is.
    fn pass_on(&mut self, mut question: Question, asker: &EmailAddress, error: CalendarError) {
        self.askers.cannot(asker, question.chunk(), error.clone());
        if question.is_probe {
            return;
        }
        question.error = Some(error);
        question.passed_on += 1;
        question.turn += 1;
        // One question of a chunk finds out who can be asked, and the others are asked through that one.
        let is_tried = |(_, other): &(Instant, Question)| other.chunk() == question.chunk() && other.passed_on > 0;
        if self.waiting.iter().any(is_tried) {
            self.parked.push(question);
        } else {
            self.waiting.push((Instant::now(), question));
        }
    }

    /// Graph refuses a question as a whole, and may do so for one of its mailboxes: it is asked again about a few at a time.
    /// What is learnt that way of a chunk's mailboxes holds for its other questions, which wait for that.
    fn search(&mut self, question: Question) {
        let is_group = question.about.len() <= GROUP;
        if !is_group && !self.searched.insert(question.chunk()) {
            self.parked.push(question);
            return;
        }
        let size = if is_group { 1 } else { GROUP };
        let now = Instant::now();
        let groups = question.about.chunks(size).map(|about| (now, question.narrowed(about.to_vec())));
        self.waiting.extend(groups);
    }

    fn missed(
        &mut self,
        mut question: Question,
        asker: Option<EmailAddress>,
        miss: Miss,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        question.turn += 1;
        if let (Miss::Error(error @ CalendarError::Throttled { .. }), Some(asker)) = (&miss, &asker) {
            self.askers.throttled(asker);
            question.error = Some(error.clone());
            if !question.is_probe && question.passed_on < MAX_ELSEWHERE && self.askers.has_another(&question) {
                question.passed_on += 1;
                self.waiting.push((Instant::now(), question));
                return;
            }
        }
        let was_refused = matches!(miss, Miss::Unauthorized(_));
        match (question.course.after(miss, Repeat::Reads, remaining, reject), asker) {
            (Ok(wait), _) => self.waiting.push((Instant::now() + wait, question)),
            (Err(error), Some(asker)) if was_refused => self.pass_on(question, &asker, error),
            (Err(error), _) => self.fail_all(&question.about, &error),
        }
    }

    fn add(&mut self, place: usize, entries: Vec<BusyEntry>) {
        if let Ok(found) = &mut self.found[place] {
            found.extend(entries);
        }
    }

    /// The first failure of a mailbox is told.
    fn fail(&mut self, place: usize, error: CalendarError) {
        if self.found[place].is_ok() {
            self.found[place] = Err(error);
        }
    }

    fn fail_all(&mut self, places: &[usize], error: &CalendarError) {
        places.iter().for_each(|place| self.fail(*place, error.clone()));
    }

    /// Nobody else can be asked about these: each has failed as it did when it was asked itself.
    fn fail_by_themselves(&mut self, places: Vec<usize>) {
        for place in places {
            let error = self.askers.why_not(place).cloned().unwrap_or(CalendarError::MailboxNotFound);
            self.fail(place, error);
        }
    }
}
