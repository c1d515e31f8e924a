//! The model's store of bookings against the real one: the same operations, in the same order, with the same results.

mod invention;
mod limits;
mod perform;

use crate::{
    bookings::records::FakeBookings,
    conformance_bookings::{invention::Invention, perform::Stores},
    coverage::Coverage,
    ground::Ground,
};

const SEQUENCES: u64 = 20;
const OPERATIONS: usize = 100;
/// The results of operations, and how often each must occur.
const REACHED: [(&str, usize); 57] = [
    ("read: nothing", 8),
    ("read: a record", 20),
    ("claim Cancel by Tenant: done", 3),
    ("claim Cancel by Tenant for a configuration: done", 3),
    ("claim Cancel by Guest: done", 3),
    ("claim Cancel by Guest with a salt: done", 3),
    ("claim Cancel by Organizer: done", 3),
    ("claim Reject by Tenant: done", 3),
    ("claim Reject by Tenant for a configuration: done", 3),
    ("claim Reject by Guest: done", 3),
    ("claim Reject by Guest with a salt: done", 3),
    ("claim Reject by Organizer: done", 3),
    ("claim Confirm by Tenant: done", 3),
    ("claim Confirm by Tenant for a configuration: done", 3),
    ("claim Confirm by Guest: done", 3),
    ("claim Confirm by Guest with a salt: done", 3),
    ("claim Confirm by Organizer: done", 3),
    ("claim Cancel by Tenant: conflict", 5),
    ("claim Cancel by Tenant for a configuration: conflict", 5),
    ("claim Cancel by Guest: conflict", 5),
    ("claim Cancel by Guest with a salt: conflict", 5),
    ("claim Cancel by Organizer: conflict", 5),
    ("claim Reject by Tenant: conflict", 5),
    ("claim Reject by Tenant for a configuration: conflict", 5),
    ("claim Reject by Guest: conflict", 5),
    ("claim Reject by Guest with a salt: conflict", 5),
    ("claim Reject by Organizer: conflict", 5),
    ("claim Confirm by Tenant: conflict", 5),
    ("claim Confirm by Tenant for a configuration: conflict", 5),
    ("claim Confirm by Guest: conflict", 5),
    ("claim Confirm by Guest with a salt: conflict", 5),
    ("claim Confirm by Organizer: conflict", 5),
    ("claim: conflict with nothing", 20),
    ("replace: done", 80),
    ("replace: conflict", 30),
    ("replace: conflict with nothing", 10),
    ("hold new: done", 30),
    ("hold moving: done", 50),
    ("hold repeated: done", 20),
    ("hold on record: done", 10),
    ("hold: done with void entries", 20),
    ("hold: done with a turn", 20),
    ("hold: done over a replay key", 10),
    ("hold: done with checks", 5),
    ("hold: conflict of the record", 50),
    ("hold: conflict of a day", 30),
    ("hold: conflict of a replay key", 30),
    ("hold: another configuration", 10),
    ("hold: no session", 10),
    ("hold: several conflicts", 30),
    ("ledgers: entries", 40),
    ("edit: Add", 30),
    ("edit: Learn", 50),
    ("edit: Remove", 50),
    ("turns: bookings", 10),
    ("remove turn", 20),
    ("replay: used", 10),
];

#[test]
fn the_fake_store_of_bookings_does_what_dynamodb_does() {
    let ground = Ground::prepare();
    let mut coverage = Coverage::new(SEQUENCES, &REACHED);
    while let Some(seed) = coverage.next_seed() {
        let stores = Stores {
            ground: &ground,
            fake: FakeBookings::new(ground.calm_world(seed)),
            real: ground.services.booking_records(),
        };
        let mut invention = Invention::begin(seed);
        for number in 0..OPERATIONS {
            let operation = invention.next(&stores);
            for outcome in stores.perform(&operation, number % 3 == 0, &format!("seed {seed}, operation {number}")) {
                coverage.note(outcome);
            }
        }
        for operation in invention.reads() {
            stores.perform(&operation, false, &format!("seed {seed}, at the end"));
        }
    }
    ground.clear();
}
