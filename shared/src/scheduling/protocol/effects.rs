//! The handle through which the protocol asks for effects.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::{
    calendar::{CalendarError, Reply, Request},
    scheduling::records::{RecordsError, Write, requests::RecordRequest},
};

pub type CalendarReply = Result<Reply, CalendarError>;
pub type RecordReply = Result<Write, RecordsError>;

/// An effect that the protocol asks for, with the way back for its result. The receiver is dropped when the protocol stops
/// waiting, for example because its time ran out.
pub enum Effect {
    Calendar(Box<Request>, oneshot::Sender<CalendarReply>),
    Record(RecordRequest, oneshot::Sender<RecordReply>),
    Sleep(Duration, oneshot::Sender<()>),
    /// The task has finished. The driver reports this itself.
    Finish,
}

/// One task's handle. A task asks for one effect at a time.
#[derive(Clone)]
pub struct Effects {
    task: usize,
    effects: mpsc::UnboundedSender<(usize, Effect)>,
}

impl Effects {
    /// The handle of a task. What it asks for arrives in the channel with the task's number.
    pub fn new(task: usize, effects: mpsc::UnboundedSender<(usize, Effect)>) -> Self {
        Self { task, effects }
    }

    /// Sends a request to the calendar.
    pub async fn calendar(&self, request: Request) -> CalendarReply {
        let reply = self.ask(|sender| Effect::Calendar(Box::new(request), sender)).await;
        reply.unwrap_or_else(|| Err(CalendarError::NoAnswer { cause: "the driver has ended".to_owned() }))
    }

    /// Sends a request to the record store.
    pub async fn record(&self, request: RecordRequest) -> RecordReply {
        let reply = self.ask(|sender| Effect::Record(request, sender)).await;
        reply.unwrap_or_else(|| Err(RecordsError::Internal("the driver has ended".to_owned())))
    }

    /// Waits.
    pub async fn sleep(&self, length: Duration) {
        self.ask(|sender| Effect::Sleep(length, sender)).await;
    }

    /// `None`: the driver has ended.
    async fn ask<R>(&self, effect: impl FnOnce(oneshot::Sender<R>) -> Effect) -> Option<R> {
        let (sender, result) = oneshot::channel();
        self.effects.send((self.task, effect(sender))).ok()?;
        result.await.ok()
    }
}
