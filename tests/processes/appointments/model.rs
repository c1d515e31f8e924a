//! What may be asked of an appointment, and what an answer may then say of each person and leave in their calendars.

/// What copies are asked to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    First,
    Other,
    /// What an update makes of them.
    New,
}

impl Content {
    pub const ALL: [Self; 3] = [Self::First, Self::Other, Self::New];

    pub fn subject(self) -> &'static str {
        match self {
            Self::First => "First",
            Self::Other => "Other",
            Self::New => "New",
        }
    }
}

/// What a caller may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Create(Content),
    Update,
    Delete,
}

/// The create that most scenarios begin with.
pub const CREATE: Ask = Ask::Create(Content::First);

impl Ask {
    pub const ALL: [Self; 4] = [CREATE, Self::Create(Content::Other), Self::Update, Self::Delete];

    pub fn function(self) -> &'static str {
        match self {
            Self::Create(_) => "create-appointments",
            Self::Update => "update-appointments",
            Self::Delete => "delete-appointments",
        }
    }

    /// Whether this person of so many is listed. A create leaves out the last one, and an update the second one, so that one
    /// copy is added, one is taken away, and the others are changed.
    pub fn lists(self, person: usize, people: usize) -> bool {
        match self {
            Self::Create(_) => person + 1 != people,
            Self::Update => person != 1,
            Self::Delete => true,
        }
    }

    /// What a person's copy says after it, where nothing stands in its way. `None`: there is none.
    pub fn leaves(self, person: usize, people: usize) -> Option<Content> {
        match self {
            Self::Create(content) => Some(content).filter(|_| self.lists(person, people)),
            Self::Update => Some(Content::New).filter(|_| self.lists(person, people)),
            Self::Delete => None,
        }
    }
}

/// A person's copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copy {
    pub says: Content,
    /// It may have been changed, and nobody put on record what it says.
    pub in_doubt: bool,
}

impl Copy {
    pub fn of(says: Content) -> Self {
        Self { says, in_doubt: false }
    }
}

/// What is on record of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// That it was deleted.
    Deleted,
    /// Its copies.
    Copies,
    /// What was about to be done, and not what came of it.
    Begun(Ask),
    /// The same, of a call that found what another one had begun.
    BegunAgain(Ask),
}

/// What is so of an id: what is on record, and each person's copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub known: Known,
    pub copies: Vec<Option<Copy>>,
}

const DONE: &str = "NoError";
const TAKEN: &str = "MeetingAlreadyExists";
const UNKNOWN: &str = "MeetingNotFound";

/// What a person's row may say, and which copy there is then.
pub type Outcome = (&'static str, Option<Copy>);

impl Standing {
    /// Nothing ever was.
    pub fn absent(people: usize) -> Self {
        Self { known: Known::Nothing, copies: vec![None; people] }
    }

    /// After a call that nothing disturbs, and that nothing stands in the way of.
    pub fn done(&self, ask: Ask) -> Self {
        let people = self.copies.len();
        let copies = (0..people).map(|person| ask.leaves(person, people).map(Copy::of)).collect();
        Self { known: if ask == Ask::Delete { Known::Deleted } else { Known::Copies }, copies }
    }

    /// After a call that put on record what it was about to do, and did that for these people only.
    pub fn begun(&self, ask: Ask, carried_out: impl Fn(usize) -> bool) -> Self {
        let people = self.copies.len();
        let copy = |person: usize| {
            let was = self.copies[person];
            let says = if carried_out(person) { ask.leaves(person, people) } else { was.map(|copy| copy.says) };
            let may_be_changed = ask == Ask::Update && ask.lists(person, people);
            let in_doubt = was.is_some_and(|copy| copy.in_doubt || may_be_changed);
            says.map(|says| Copy { says, in_doubt })
        };
        let known = if let Known::Begun(_) = self.known { Known::BegunAgain(ask) } else { Known::Begun(ask) };
        Self { known, copies: (0..people).map(copy).collect() }
    }

    /// What is on record once a call is decided.
    pub fn known_after(&self, ask: Ask) -> Known {
        match (ask, self.known) {
            (Ask::Update | Ask::Delete, Known::Nothing)
            | (Ask::Update, Known::Deleted)
            // What is on record of copies for which it was refused is as open as before.
            | (Ask::Create(_), Known::BegunAgain(_)) => self.known,
            (Ask::Delete, _) => Known::Deleted,
            _ => Known::Copies,
        }
    }

    /// What a decided answer may come to for a person. Of whoever is not listed only the copy counts.
    pub fn outcomes(&self, ask: Ask, person: usize) -> Vec<Outcome> {
        let (people, own) = (self.copies.len(), self.copies[person]);
        match (self.known, ask) {
            (Known::Nothing, Ask::Update | Ask::Delete) | (Known::Deleted, Ask::Update) => vec![(UNKNOWN, None)],
            (_, Ask::Update | Ask::Delete) => vec![(DONE, ask.leaves(person, people).map(Copy::of))],
            (_, Ask::Create(_)) if !ask.lists(person, people) => vec![(DONE, own)],
            (_, Ask::Create(content)) => self.created(content, person),
        }
    }

    /// A create changes nothing where a copy says something else, or may.
    fn created(&self, content: Content, person: usize) -> Vec<Outcome> {
        let own = self.copies[person];
        let (made, refused) = ((DONE, Some(Copy::of(content))), (TAKEN, own));
        let says_otherwise = |copy: &Copy| copy.in_doubt || copy.says != content;
        let is_taken = self.copies.iter().flatten().any(says_otherwise);
        match self.known {
            Known::Nothing | Known::Deleted | Known::Begun(Ask::Delete) => vec![made],
            Known::Begun(Ask::Create(begun)) if begun == content => vec![made],
            // It may find the one call's doing, or the other's.
            Known::BegunAgain(_) => vec![made, refused, (TAKEN, None)],
            Known::Begun(_) | Known::Copies if is_taken => vec![refused],
            Known::Begun(_) | Known::Copies => vec![made],
        }
    }
}
