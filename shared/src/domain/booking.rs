//! Bookings: a guest takes a time that hosts offer.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The public id of a booking. Random, so that it cannot be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookingId(pub Uuid);

/// The public id of what is booked: a configuration, or a scheduling request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigurationId(pub Uuid);

impl fmt::Display for BookingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for ConfigurationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A person who books, or who is brought along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    pub name: String,
    pub email: String,
}

/// What a booking is about. It holds personal data, so its record ends with the tenant's retention after the booking is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingContent {
    pub title: String,
    pub description: String,
    pub location: String,
    pub guest: Guest,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_guests: Vec<Guest>,
    /// The guest's answers, by the name of the question.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// The guest's IANA time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The guest's language, such as `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl BookingContent {
    /// How many bytes it takes as JSON, which is how it is stored.
    pub fn json_bytes(&self) -> usize {
        serde_json::to_vec(self).unwrap_or_default().len()
    }
}
