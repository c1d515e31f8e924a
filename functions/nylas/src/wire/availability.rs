//! When participants can be booked: hours and rules.

use convene::edge::{Field, Object};
use serde::Deserialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

use super::{List, WholeNumber};

/// Hours on days of the week.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = OpenHours)]
pub struct OpenHoursRequest {
    /// 0 (Sunday) to 6.
    #[serde(default)]
    #[schema(required, value_type = Vec<DayOfWeek>, min_items = 1, max_items = 7, example = json!([1, 2, 3, 4, 5]))]
    pub days: Field<Vec<Field<WholeNumber>>>,
    /// `9:00` or `09:00`.
    #[serde(default)]
    #[schema(required, value_type = String, pattern = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "9:00")]
    pub start: Field<String>,
    /// After the start. `23:59`, `24:00` and `0:00` mean midnight.
    #[serde(default)]
    #[schema(required, value_type = String, pattern = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "17:00")]
    pub end: Field<String>,
    /// IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub timezone: Field<String>,
    /// Dates on which these hours do not count, as `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exdates: Field<Vec<Field<String>>>,
    /// `exdates` as the vendor's editor writes it.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub ex_dates: Field<Vec<Field<String>>>,
}

/// What a [`WholeNumber`] must be that stands for a day of the week.
pub struct DayOfWeek;

impl PartialSchema for DayOfWeek {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(6));
        number.description(Some("0 is Sunday.")).into()
    }
}

impl ToSchema for DayOfWeek {}

/// Hours of one date.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = SpecificTime)]
pub struct SpecificTimeRequest {
    /// `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(required, value_type = String, format = Date)]
    pub date: Field<String>,
    /// `00:00` with the end `00:00` closes the date.
    #[serde(default)]
    #[schema(required, value_type = String, pattern = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "9:00")]
    pub start: Field<String>,
    #[serde(default)]
    #[schema(required, value_type = String, pattern = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "12:00")]
    pub end: Field<String>,
    /// IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub timezone: Field<String>,
}

/// When participants can be booked. All durations are in minutes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = AvailabilitySettings)]
pub struct AvailabilityRequest {
    /// The length of a booking.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 1, maximum = 1440)]
    pub duration_minutes: Field<WholeNumber>,
    /// From one start to the next. Without it, the length of a booking.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1440)]
    pub interval_minutes: Field<WholeNumber>,
    /// Starts are rounded up to a multiple of this. Without it, 15.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 5, maximum = 60, multiple_of = 5)]
    pub round_to: Field<WholeNumber>,
    #[serde(default)]
    #[schema(value_type = Option<AvailabilityRulesRequest>)]
    pub availability_rules: Field<Object<AvailabilityRulesRequest>>,
    /// As in `availability_rules`, where the vendor's command line does not write it.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(collective|max-fairness|max-availability)?$")]
    pub availability_method: Field<String>,
    /// As in `availability_rules`, where the vendor's command line does not write it.
    #[serde(default)]
    #[schema(value_type = Option<BufferRequest>)]
    pub buffer: Field<Object<BufferRequest>>,
}

/// How availability is computed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = AvailabilityRules)]
pub struct AvailabilityRulesRequest {
    /// `collective` (the default), `max-fairness` or `max-availability`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(collective|max-fairness|max-availability)?$", example = "collective")]
    pub availability_method: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<BufferRequest>)]
    pub buffer: Field<Object<BufferRequest>>,
    /// Open hours of participants who have none of their own. Without any, every time is open.
    #[serde(default)]
    #[schema(value_type = Option<Vec<OpenHoursRequest>>)]
    pub default_open_hours: List<OpenHoursRequest>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<SpecificTimeRequest>>)]
    pub default_specific_time_availability: List<SpecificTimeRequest>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub only_specific_time_availability: Field<bool>,
    /// Whether tentative entries make their time unavailable. Without it, the tenant's setting.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub tentative_as_busy: Field<bool>,
}

/// Time around entries of calendars in which nobody can be booked, in minutes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Buffer)]
pub struct BufferRequest {
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 120, multiple_of = 5)]
    pub before: Field<WholeNumber>,
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 120, multiple_of = 5)]
    pub after: Field<WholeNumber>,
}
