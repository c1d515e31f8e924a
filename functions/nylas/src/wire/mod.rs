//! The documented JSON of requests, read leniently, so that one response can name every field that is wrong. Sources: Nylas,
//! "Using the Scheduler API", and the v3 Scheduler reference.

mod booking;
mod configuration;
mod distinct;
mod lenient;
mod ui_settings;

pub use booking::{
    AvailabilityAnswer, BookingAnswer, BookingDecision, BookingRequest, CancellationRequest, GuestRequest,
    OrganizerAnswer, ParticipantChoice, RescheduleRequest, SessionAnswer, SessionRequest, TimeSlotAnswer,
};
pub use configuration::{
    AdditionalFieldRequest, AvailabilityRequest, AvailabilityRulesRequest, BufferRequest, CalendarsRequest,
    ConferencingRequest, ConfigurationAnswer, ConfigurationChange, ConfigurationRequest, EventBookingRequest,
    NotetakerRequest, OpenHoursRequest, ParticipantRequest, SchedulerRequest, SpecificTimeRequest,
};
pub use distinct::Distinct;
pub use lenient::{Anything, List, Map, WholeNumber};
pub use ui_settings::{
    EventDataAnswer, EventOrganizerAnswer, GuestAnswer, TimespanAnswer, UiBookingAnswer, UiSettingsAnswer,
};
