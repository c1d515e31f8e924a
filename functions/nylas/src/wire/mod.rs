//! The documented JSON of requests, read leniently, so that one response can name every field that is wrong. Sources: Nylas,
//! "Using the Scheduler API", and the v3 Scheduler reference.

mod availability;
mod booking;
mod configuration;
mod distinct;
mod lenient;
mod ui_settings;

pub use availability::{
    AvailabilityRequest, AvailabilityRulesRequest, BufferRequest, OpenHoursRequest, SpecificTimeRequest,
};
pub use booking::{
    AvailabilityAnswer, BookingAnswer, BookingDecision, BookingRequest, CancellationRequest, GuestRequest,
    OrganizerAnswer, ParticipantChoice, RescheduleRequest, SessionAnswer, SessionRequest, TimeSlotAnswer,
};
pub use configuration::{
    AdditionalFieldRequest, CalendarsRequest, ConferencingRequest, ConfigurationAnswer, ConfigurationChange,
    ConfigurationRequest, EventBookingRequest, NotetakerRequest, ParticipantRequest, SchedulerRequest,
};
pub use distinct::Distinct;
pub use lenient::{Anything, List, Map, WholeNumber};
pub use ui_settings::{
    EventDataAnswer, EventOrganizerAnswer, GuestAnswer, TimespanAnswer, UiBookingAnswer, UiSettingsAnswer,
};
