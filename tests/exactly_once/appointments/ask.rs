//! What a caller asks of an appointment, and what that means for each mailbox.

use std::collections::BTreeSet;

use convene::scheduling::appointments::MailboxResults;

use crate::{
    error_kind::Kind,
    history::{Answer, CopyAsk, Key, Place, Wish},
    world::World,
};

/// How many mailboxes there are.
pub const MAILBOXES: usize = 4;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Create(u64),
    Update(u64),
    Delete,
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub act: Act,
    /// Whose copies, in this order. Anybody may be named twice.
    pub mailboxes: Vec<usize>,
}

/// The same for a script.
pub fn create<const N: usize>(content: u64, mailboxes: [usize; N]) -> Asked {
    Asked { act: Act::Create(content), mailboxes: mailboxes.to_vec() }
}

pub fn update<const N: usize>(content: u64, mailboxes: [usize; N]) -> Asked {
    Asked { act: Act::Update(content), mailboxes: mailboxes.to_vec() }
}

pub fn delete<const N: usize>(mailboxes: [usize; N]) -> Asked {
    Asked { act: Act::Delete, mailboxes: mailboxes.to_vec() }
}

impl Asked {
    pub fn by_chance(world: &World) -> Self {
        let act = match world.below(10) {
            0..=3 => Act::Create(u64::from(world.below(4) == 0)),
            4..=6 => Act::Update(world.below(3)),
            _ => Act::Delete,
        };
        let mut mailboxes = Self::some_mailboxes(world);
        if world.below(10) == 0 {
            mailboxes.push(mailboxes[0]);
        }
        Self { act, mailboxes }
    }

    fn some_mailboxes(world: &World) -> Vec<usize> {
        let mut left: Vec<usize> = (0..MAILBOXES).collect();
        let count = [1, 2, 2, 3, 3, 4][below(world, 6)];
        (0..count).map(|_| left.remove(below(world, left.len()))).collect()
    }

    pub fn name(&self) -> &'static str {
        match self.act {
            Act::Create(_) => "create",
            Act::Update(_) => "update",
            Act::Delete => "delete",
        }
    }

    /// What it asks of each mailbox, whether or not that is named.
    pub fn wishes(&self, key: Key) -> Vec<(Place, Wish)> {
        let wish = |mailbox| {
            let ask = match (self.act, self.mailboxes.contains(&mailbox)) {
                (Act::Create(content), true) => CopyAsk::Create(content),
                (Act::Create(content), false) => CopyAsk::Beside(content),
                (Act::Update(content), true) => CopyAsk::Put(content),
                (Act::Update(_), false) | (Act::Delete, _) => CopyAsk::Remove,
            };
            (Place { key, mailbox }, Wish::Copy(ask))
        };
        (0..MAILBOXES).map(wish).collect()
    }

    /// What the caller is told of each wish. The first row answers for each mailbox that is not named.
    pub fn answers(&self, rows: &MailboxResults) -> Vec<Option<Answer>> {
        let answer = |mailbox| {
            let own = rows.iter().zip(&self.mailboxes).filter(|(_, named)| **named == mailbox).map(|(row, _)| row);
            match own.clone().find(|row| row.is_err()).or(own.clone().next()) {
                Some(row) => Some(row.as_ref().map(|()| None).map_err(Kind::of)),
                None => rows[0].is_ok().then_some(Ok(None)),
            }
        };
        (0..MAILBOXES).map(answer).collect()
    }
}

/// A whole number below `bound`, to index with.
pub fn below(world: &World, bound: usize) -> usize {
    usize::try_from(world.below(bound as u64)).expect("small")
}

/// The kinds of what came of each mailbox: `None` is a success.
pub fn kinds(rows: &MailboxResults) -> Vec<Option<Kind>> {
    rows.iter().map(|row| row.as_ref().err().map(Kind::of)).collect()
}

/// The mailboxes whose rows are a success.
pub fn succeeded(asked: &Asked, rows: &MailboxResults) -> BTreeSet<usize> {
    asked.mailboxes.iter().zip(rows).filter(|(_, row)| row.is_ok()).map(|(mailbox, _)| *mailbox).collect()
}
