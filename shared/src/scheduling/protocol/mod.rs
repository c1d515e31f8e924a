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
//! batches of at most 20. So 500 copies that are to be created become 25 batches, sent at the same time. It also makes one write of
//! the appointment's record from the record requests of all copies.
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
//! The copies of an appointment share one record with a lock. The write that acquires the lock contains the request's intent, which
//! claims the copies for it (1, 4). A copy that is deleted has no entry any more, and the tombstone is that of the appointment.
//!
//! A `creating` or `deleting` record is claimed until `claim_expires`, which is after the platform has killed the request. A request
//! that gives up a claim makes it expire at once. While a claim is valid, other requests for the event answer
//! `RequestInProgress`. After that:
//!
//! | found | request | what it does |
//! | --- | --- | --- |
//! | creating, expired | create with the same content | takes over: searches the marker, adopts the event or creates it |
//! | | any other | [settles](reconcile::settle): searches the marker. Found: the record becomes active. Not found: answers `RequestInProgress` until the doubt ends; after that, the event was never created |
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
//! `RequestInProgress` until the event can no longer appear. That is `doubt_window` (two minutes) after the latest moment at
//! which the dead process can have sent anything. If the answer is lost and the process lives, it records the end of the doubt
//! itself, lets its claim expire, and asks its caller to repeat.
//!
//! **Who deletes a duplicate, and when?** The request that finds several events with the record's marker. It chooses the event on
//! record if that one is live, otherwise the oldest; right after a repeated create, the event just created. It writes the choice to
//! the record, and deletes the others only if that write succeeded: [`reconcile::converge`], [`reconcile::settle`], and `commit` in
//! [`create`](mod@create). A request whose write failed has an outdated view and deletes nothing. If the process dies before the
//! deletes, the record is in doubt, so the next request searches again. If the event on record is gone and deletes of duplicates
//! may still be under way, no event is chosen before the doubt ends. A delete chooses none: it deletes them all.
//!
//! **Why may a delete answer `RequestInProgress`?** Another request holds a valid claim, or was faster at each attempt. Or a create of
//! this record is outstanding: its event may appear after the delete, and after a tombstone no request would search for it. A
//! repeat finishes the delete when the doubt has ended.
//!
//! **What is a fencing token for?** A record has the token of the claim under which it was written last. A claim must have a
//! [greater token](super::records::event::next_token) than the record, and every other write succeeds only if the record still has
//! the token that the request read or stored. So a write by a request that has lost its claim fails. A write that the SDK repeated
//! after a lost answer recognizes its own token and counts as done. A claim whose repeat arrives late finds its own token or a
//! greater one, and changes nothing.
//!
//! **Why is "not found" verified?** The calendar has denied live events. So when it answers that an event does not exist, the event's
//! marker is searched, and if the search finds the event, the request is sent again: [`reconcile::verify_gone`], [`remove`].
//!
//! # Terms
//!
//! | term | meaning |
//! | --- | --- |
//! | adopt | to commit an event that was found instead of created |
//! | ambiguous | an answer after which the request may have been executed, or may be later: no answer, 408, 5xx; also 409, 412 and unreadable answers, after which it may have been executed, but will not be later |
//! | claim | a request's exclusive right to a record, with an expiry |
//! | converge | to make a record and the calendar agree on one event |
//! | copy | the event of an appointment in one mailbox |
//! | definite | an answer after which nothing happened and nothing will: most 4xx, or a request that was not sent |
//! | doubt | the time during which requests must search the marker: an event may appear, or a delete of a duplicate may be under way |
//! | duplicate | a further event with the record's marker |
//! | incarnation | the UUID of one event under an id; a new event has a new one |
//! | index | the calendar's search index, which may be behind |
//! | intent | what the holder of an appointment's lock is about to do |
//! | last write | a task's write after which it writes nothing more |
//! | live | of an event: in the calendar, not cancelled |
//! | marker | a hash over tenant, id, incarnation and a copy's mailbox, stored in the event, by which it is found |
//! | orphan | a copy in a mailbox that does not exist at present |
//! | outstanding | of a create: it may still be executed |
//! | payload | the fingerprint of the content that the caller asked for |
//! | settle | to find out whether the event of an expired `creating` record exists, and to record it |
//! | take over | to continue the work of a dead request under a claim of one's own |
//! | tombstone | a deleted record, for which a repeated delete succeeds |
//! | trace | a deleted record without a deletion, left by a claim that created nothing |
//!
//! # Files
//!
//! Each file uses only those below it.
//!
//! | file | holds |
//! | --- | --- |
//! | [`claim`] | schedule: claims an id, and decides by the record what to do if that fails |
//! | [`read`] | finds the active event for a read or an update |
//! | [`delete`] | deletes an event; finishes the delete of a dead request |
//! | [`change`] | changes an event |
//! | [`create`](mod@create) | from the create request to the commit, with repeats and doubt |
//! | [`reconcile`] | settles expired claims, removes duplicates, verifies "not found" |
//! | [`remove`] | deletes events from the calendar |
//! | [`context`] | what one task works with: key, times, profile, and its requests to store and calendar |
//! | [`effects`] | the handle for effects |
//! | [`problems`] | the answers that ask for a repeat |

pub mod change;
pub mod claim;
pub mod context;
pub mod create;
pub mod delete;
pub mod effects;
pub mod problems;
pub mod read;
pub mod reconcile;
pub mod remove;
