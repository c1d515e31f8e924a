//! What may happen to a request.

use std::{sync::Arc, time::Duration};

use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use super::{Gate, step};
use crate::http_wire::Message;

/// At which end of a request something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// DynamoDB has not seen the request.
    Before,
    /// DynamoDB has carried it out, and the answer is on its way.
    After,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It waits.
    Hold(watch::Receiver<Gate>, Arc<watch::Sender<bool>>),
    /// The connection ends.
    Lose,
    /// It takes so much longer, and then the connection ends.
    Stall(Duration),
    /// An error is answered, with this status and type.
    Refuse(u16, &'static str),
    /// A transaction on the same item is under way. A transaction is canceled for one of its items, chosen by chance, and a
    /// single write is refused. Nothing happens to a read. DynamoDB answers so only [`When::Before`].
    Conflict,
    /// An item is over its capacity. A transaction is canceled for one of its items, chosen by chance, and any other request is
    /// refused. DynamoDB answers so only [`When::Before`].
    Throttle,
}

impl Trouble {
    /// The error that is answered to a request, if one is.
    pub(super) fn refusal(&self, request: &Message, chance: &mut StdRng) -> Option<Message> {
        let (reason, message, kind) = match self {
            Self::Hold(..) | Self::Lose | Self::Stall(_) => return None,
            Self::Refuse(status, kind) => return Some(Message::refusal(*status, kind)),
            Self::Conflict => {
                ("TransactionConflict", "Transaction is ongoing for the item", "TransactionConflictException")
            }
            Self::Throttle => (
                "ThrottlingError",
                "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your \
                 table or index so please try again shortly.",
                "ThrottlingException",
            ),
        };
        match step::transaction_size(request) {
            Some(items) => Some(canceled(items, chance.random_range(0..items.max(1)), reason, message)),
            None if matches!(self, Self::Conflict) && !step::is_write(request) => None,
            None => Some(Message::refusal(400, kind)),
        }
    }

    /// Waits as long as the trouble takes. `None`: the connection is to end.
    pub(super) async fn pass(&self) -> Option<()> {
        match self {
            Self::Hold(gate, arrival) => {
                arrival.send_replace(true);
                let mut gate = gate.clone();
                let decided = *gate.wait_for(|gate| *gate != Gate::Shut).await.ok()?;
                (decided == Gate::Open).then_some(())
            }
            Self::Lose => None,
            Self::Stall(time) => {
                sleep(*time).await;
                None
            }
            Self::Refuse(..) | Self::Conflict | Self::Throttle => Some(()),
        }
    }
}

/// The answer to a transaction of so many items that is canceled for one of them, as DynamoDB writes it: a reason for each
/// item, in the order of the items.
fn canceled(items: usize, place: usize, reason: &str, message: &str) -> Message {
    let reasons: Vec<Value> = (0..items)
        .map(|item| if item == place { json!({"Code": reason, "Message": message}) } else { json!({"Code": "None"}) })
        .collect();
    let codes: Vec<_> = (0..items).map(|item| if item == place { reason } else { "None" }).collect();
    let explained = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": reasons,
        "Message": format!("{explained} [{}]", codes.join(", ")),
    });
    Message { body: body.to_string().into_bytes(), ..Message::refusal(400, "TransactionCanceledException") }
}
