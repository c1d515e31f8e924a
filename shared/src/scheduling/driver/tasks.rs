//! What each task waits for, and which of that is joined when.

use tokio::sync::oneshot::Sender;

use crate::{
    calendar::Request,
    scheduling::{
        protocol::effects::{CalendarReply, RecordReply},
        records::requests::RecordRequest,
    },
};

/// A request that a task waits for.
pub struct Pending<Q, R> {
    pub task: usize,
    pub request: Q,
    pub reply_to: Sender<R>,
}

type CalendarRequest = Pending<Box<Request>, CalendarReply>;
type PendingRecord = Pending<RecordRequest, RecordReply>;

/// Requests that are executed together.
pub enum Joined {
    Calendar(Vec<CalendarRequest>),
    Records(Vec<PendingRecord>),
}

/// Replies for tasks, by their number.
pub enum Completed {
    Calendar(Vec<(usize, Sender<CalendarReply>, CalendarReply)>),
    Records(Vec<(usize, Sender<RecordReply>, RecordReply)>),
    Sleep(Vec<(usize, Sender<()>, ())>),
}

enum TaskState {
    Running,
    WaitsForCalendar(CalendarRequest),
    WaitsForRecord(PendingRecord),
    /// Its effect is being executed.
    InFlight,
    Finished,
}

/// The states of all tasks.
pub struct Tasks {
    states: Vec<TaskState>,
    /// Whether a write is being executed. Writes of one item are executed one after the other.
    is_writing: bool,
}

impl Tasks {
    pub fn new(count: usize) -> Self {
        Self { states: (0..count).map(|_| TaskState::Running).collect(), is_writing: false }
    }

    pub fn set_running(&mut self, task: usize) {
        self.states[task] = TaskState::Running;
    }

    pub fn set_in_flight(&mut self, task: usize) {
        self.states[task] = TaskState::InFlight;
    }

    pub fn wait_for_calendar(&mut self, pending: CalendarRequest) {
        let task = pending.task;
        self.states[task] = TaskState::WaitsForCalendar(pending);
    }

    pub fn wait_for_record(&mut self, pending: PendingRecord) {
        let task = pending.task;
        self.states[task] = TaskState::WaitsForRecord(pending);
    }

    pub fn finish(&mut self, task: usize) {
        self.states[task] = TaskState::Finished;
    }

    /// Sends replies to their tasks, which run again. A task that does not wait any more has moved on.
    pub fn deliver(&mut self, completed: Completed) {
        match completed {
            Completed::Calendar(replies) => self.send(replies),
            Completed::Records(replies) => {
                self.is_writing = false;
                self.send(replies);
            }
            Completed::Sleep(replies) => self.send(replies),
        }
    }

    fn send<R>(&mut self, replies: Vec<(usize, Sender<R>, R)>) {
        for (task, reply_to, reply) in replies {
            if reply_to.send(reply).is_ok() {
                self.set_running(task);
            }
        }
    }

    /// Takes the requests that are to be executed now.
    pub fn take_joined(&mut self) -> Option<Joined> {
        self.withdraw_abandoned();
        if self.states.iter().any(|state| matches!(state, TaskState::Running)) {
            return None;
        }
        let requests = self.take(|state| match state {
            TaskState::WaitsForCalendar(pending) => Ok(pending),
            other => Err(other),
        });
        if !requests.is_empty() {
            return Some(Joined::Calendar(requests));
        }
        if self.is_writing || !self.are_writes_due() {
            return None;
        }
        let requests = self.take(|state| match state {
            TaskState::WaitsForRecord(pending) => Ok(pending),
            other => Err(other),
        });
        self.is_writing = !requests.is_empty();
        self.is_writing.then_some(Joined::Records(requests))
    }

    /// A task whose time has run out stops waiting, and its request is not sent.
    fn withdraw_abandoned(&mut self) {
        for state in &mut self.states {
            let is_abandoned = match state {
                TaskState::WaitsForCalendar(pending) => pending.reply_to.is_closed(),
                TaskState::WaitsForRecord(pending) => pending.reply_to.is_closed(),
                TaskState::Running | TaskState::InFlight | TaskState::Finished => false,
            };
            if is_abandoned {
                *state = TaskState::Running;
            }
        }
    }

    /// Whether a task needs its write in order to go on, or all tasks are at their last write.
    fn are_writes_due(&self) -> bool {
        let has_more_work =
            |state: &TaskState| matches!(state, TaskState::WaitsForRecord(pending) if !pending.request.is_last());
        let is_at_end = |state: &TaskState| matches!(state, TaskState::WaitsForRecord(_) | TaskState::Finished);
        self.states.iter().any(has_more_work) || self.states.iter().all(is_at_end)
    }

    fn take<T>(&mut self, matching: impl Fn(TaskState) -> Result<T, TaskState>) -> Vec<T> {
        let mut taken = Vec::new();
        for state in &mut self.states {
            match matching(std::mem::replace(state, TaskState::InFlight)) {
                Ok(pending) => taken.push(pending),
                Err(other) => *state = other,
            }
        }
        taken
    }
}
