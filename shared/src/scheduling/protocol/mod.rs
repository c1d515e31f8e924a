//! The booking protocol: one event, exactly once.
//!
//! A caller repeats requests, Lambda kills functions, answers of the calendar get lost, and requests for one id arrive at the same
//! time. The record store and the calendar share no transaction. So a request that creates or deletes an event first writes what
//! it is about to do, then asks the calendar, then commits. A request that finds unfinished work of an earlier one finds out what
//! became of it. `docs/decisions/0005-exactly-once.md` explains the rules and what they rest on.
//!
//! The protocol consists of async functions without I/O. They ask a handle, [`Effects`](effects::Effects), for calendar requests,
//! record requests and sleep. [`driver`](super::driver) runs one task of the protocol for a meeting, or one for each copy of an
//! appointment, and executes what they ask for. Once every task waits, or has finished, it sends all waiting calendar requests in
//! batches of at most 20. So 500 copies that are to be created become 25 batches, which run at the same time as far as the
//! calendar's limits allow. Record requests that wait at the same time become one write of the appointment's record.
//!
//! # States of a record
//!
//! ```text
//!           1              2              4
//!  none -------> creating ----> active -------> deleting
//!   ^             ^  |  <------   ^              |  |
//!   |           1 |  | 3     7    |       6      |  |
//!   |             |  v            +--------------+  |
//!   +--- ttl --- deleted <--------------------------+
//!                                       5
//! ```
//!
//! 1. A request claims the id, before it sends a create to the calendar.
//! 2. The event is committed: by the request that created it, or by a later one that found it.
//! 3. It is certain that the claim created no event. A trace stays, or the tombstone of an earlier event.
//! 4. A delete claims the record.
//! 5. All events of the record are deleted. A tombstone stays.
//! 6. The delete failed, and it is certain that it deleted nothing and will not. Only the request that started it may do this.
//! 7. A create claims the id of an event that a person has deleted in Outlook.
//!
//! The store also removes a creating or active record, a long time after its event has ended.
//!
//! A record that stays `creating` or `deleting` can also be claimed anew, by the request that takes over; and an orphaned copy goes
//! from any state to `deleting`, and stays there until its mailbox exists again.
//!
//! The copies of an appointment share one record with a lock. The write that acquires the lock contains the request's intent, which
//! claims the copies that the request creates or deletes (1, 4). A copy that is deleted has no entry any more, and the tombstone is
//! that of the appointment.
//!
//! A `creating` or `deleting` record is claimed until `claim_expires`, which is after Lambda has killed the process of the request.
//! A request that gives up a claim tries to make it expire at once. While a claim is valid, other requests for the event answer
//! `RequestInProgress`; a read, an update or a delete that names another organizer answers `MeetingNotFound` in any state.
//!
//! Whatever a request finds that it did not write itself:
//!
//! | found | request | what it does |
//! | --- | --- | --- |
//! | creating, expired | create with the same content | takes over: searches the marker, adopts the event or creates it |
//! | | any other | [settles](reconcile::settle): searches the marker. If it finds the event, the record becomes active. If not, it answers `RequestInProgress` until the doubt ends. After that, the event was never created |
//! | deleting, expired | any | [finishes the delete](delete::take_over_delete) |
//! | active, in doubt | create, read, update | [removes duplicates](reconcile::converge) first |
//! | active, in doubt | delete | deletes every event with the marker |
//!
//! # Questions
//!
//! **What happens if the answer to a create is lost and the process dies?** The record stays `creating`, and counts the create as
//! outstanding. The marker derives from the record's incarnation. When the claim has expired, the next request for the id
//! searches the event by its marker. If it finds the event, it records it and goes on. If not, a create of the same content sends
//! the create again with the same transaction id, by which the calendar recognizes a repeat; any other request answers
//! `RequestInProgress` until the event can no longer appear. That is `doubt_window` (two minutes by default) after the latest moment
//! at which the dead process can have sent anything. If the answer is lost and the process lives, it records the end of the doubt
//! itself, makes its claim expire, and asks its caller to repeat.
//!
//! **Who deletes a duplicate, and when?** The request that finds several events with the record's marker. It chooses the event on
//! record if that one is live, and otherwise the oldest event found. After a repeated create, the search may not show the new
//! event yet although a read does: then it chooses that event. It writes the choice to the record, and deletes the others only if
//! that write succeeded: [`reconcile::converge`], [`reconcile::settle`], and `commit` in [`create`](mod@create). A request whose
//! write failed has an outdated view, or does not know whether it has, and deletes nothing. If the process dies before the deletes,
//! the record is in doubt, so the next request searches again. If the event on record is gone while the record is in doubt, no
//! other event is chosen before the doubt ends. A delete that has claimed the record chooses none: it deletes them all.
//!
//! **Why may a delete answer `RequestInProgress`?** Another request holds a valid claim or the appointment's lock, or was faster at
//! each attempt. Or an event of an earlier create may still appear, and after a tombstone no request would search for it: the
//! delete removes what it finds, and asks for a repeat. A repeat finishes it when the doubt has ended.
//!
//! **What is a fencing token for?** It orders the writes to a record. A record has the token of its last claim, or of a later
//! correction without a claim. A claim must have a [greater token](super::records::event::next_token) than the record, and every
//! other write succeeds only if the record still has the token that the request read or stored. So a write by a request that has
//! lost its claim fails. If the AWS SDK repeats a write because an answer was lost, the repeat finds the token that it is about to
//! store, and counts as done. If a repeat arrives late, it finds a greater token, and changes nothing. For copies, the token of the
//! appointment decides.
//!
//! **Why is "not found" verified?** The calendar has denied live events. So when it answers that an event does not exist, the event's
//! marker is searched, and what the search finds is read. Only if the read shows the event is the request sent again:
//! [`reconcile::verify_gone`], [`remove`].
//!
//! # Terms
//!
//! | term | meaning |
//! | --- | --- |
//! | adopt | to commit an event that was found instead of created |
//! | ambiguous | of an answer: the request may have been executed. After no answer, 408 and 5xx it may also be executed later: the create stays outstanding. After 409, 412 and unreadable answers it will not: the create counts as ambiguous |
//! | claim | a request's exclusive right to a record, with an expiry |
//! | commit | to write to the record which event it stands for |
//! | converge | to make a record and the calendar agree on one event |
//! | copy | the event of an appointment in one mailbox |
//! | definite | an answer after which nothing happened and nothing will: most 4xx, or a request that was not sent |
//! | doubt | the time until which an event may still appear, or a delete of a duplicate may be under way. Requests search the marker while the record has that time; a search after it clears it |
//! | duplicate | a further event with the record's marker |
//! | fencing token | the UUID (version 7, so it grows with time) by which a write finds out whether another request has written since |
//! | id | the caller's own name for a meeting or an appointment, unique within a tenant |
//! | incarnation | the UUID of one event under an id; a new event has a new one. It is the transaction id of the create |
//! | index | the calendar's search index, which may be behind |
//! | intent | what the holder of an appointment's lock is about to do |
//! | last write | a task's write after which it writes nothing more |
//! | lock | the exclusive right of one request to an appointment's record, with an expiry |
//! | live | of an event: in the calendar, not cancelled |
//! | marker | a hash over tenant, id, incarnation and a copy's mailbox, stored in the event, by which it is found |
//! | orphan | a copy in a mailbox that does not exist at present |
//! | outstanding | of a create: it may still be executed |
//! | payload | the fingerprint of the content that the caller asked for |
//! | record | what is stored about one event: of a meeting, or of one copy of an appointment |
//! | settle | to find out whether the event of an expired `creating` record exists, and to record it |
//! | take over | to continue the work of a request that died or gave up, under a claim of one's own |
//! | tombstone | a deleted record, for which a repeated delete succeeds |
//! | trace | a deleted record without a deletion, left by a claim that created nothing |
//! | transaction id | an id in a create request by which the calendar recognizes a repeat of the same request |
//! | `ttl` | the time after which the store removes the record |
//!
//! # Files
//!
//! Each file uses only those below it.
//!
//! | file | holds |
//! | --- | --- |
//! | [`claim`] | schedule: claims an id, and decides by the record what to do if that fails |
//! | [`read`] | finds the active event for a read or an update |
//! | [`delete`] | deletes an event; finishes the delete of a request that died or gave up |
//! | [`change`] | changes an event |
//! | [`create`](mod@create) | from the create request to the commit, with repeats and doubt |
//! | [`reconcile`] | settles expired claims, removes duplicates, verifies "not found" |
//! | [`remove`] | deletes events from the calendar |
//! | [`context`] | what one task works with: key, times, profile, and its requests to store and calendar |
//! | [`effects`] | the handle for effects |
//! | [`errors`] | the errors that several files answer with |

pub mod change;
pub mod claim;
pub mod context;
pub mod create;
pub mod delete;
pub mod effects;
pub mod errors;
pub mod read;
pub mod reconcile;
pub mod remove;
