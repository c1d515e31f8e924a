//! What is stored of a booking.
//!
//! | file | holds |
//! | --- | --- |
//! | `record.rs` | the record of a booking |
//! | `claim.rs` | the claim of an active booking, to cancel or confirm it |
//! | `hold.rs` | the transaction that claims times, with the ledger, replay keys and turns |

mod claim;
mod hold;
mod record;

pub use claim::{BookingClaim, OrganizerPermit, Permit, Purpose};
pub use hold::{
    Conflicts, DayHold, Held, Hold, HoldCheck, LedgerEdit, MAX_HOLD_ITEMS, MAX_TURN_BOOKINGS, Replay, ReplayHold,
    ReplayKey, Turn, TurnHold,
};
pub use record::{
    Actor, BookingKey, BookingRecord, Change, ChangeKind, Ending, MAX_CONTENT_BYTES, Unfinished, UnfinishedKind,
};
