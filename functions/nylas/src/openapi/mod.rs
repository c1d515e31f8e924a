//! The family's OpenAPI document.

mod examples;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{availability, bookings, configurations, error, sessions, ui_settings};

const DESCRIPTION: &str = "\
The Nylas v3 Scheduler API over a tenant's own Microsoft 365. A client of Nylas changes its base URL and its API key; \
`docs/nylas.md` says what else is different.

**Calling it.** The tenant's own system sends its API key, `Authorization: Bearer cvk_…`. A page sends a session in the same header, or \
names a public configuration by `configuration_id`, or by `slug` and `client_id`. Ids of other tenants look like ids that do not exist.

**Repeating.** Every call for bookings may be repeated. The same booking again, with all its fields, gives the booking that exists.

**Values.** Times are Unix seconds. `null` means that a field is not set; so does an empty list, except that \
`additional_guests: []` in a PATCH takes all of them out. A request body is at most 1 MiB.

**Failures.** Every response that is not 200 is `{request_id, error: {type, message}}`. A time that was taken meanwhile is a 400 whose \
message begins with `The selected timeslot is unavailable`.
";

/// The document, as `docs/openapi/nylas.yaml` has it.
pub fn openapi() -> openapi::OpenApi {
    convene::openapi::document(NylasApi::openapi(), "Convene: the Nylas v3 Scheduler API", DESCRIPTION)
}

#[derive(OpenApi)]
#[openapi(
    paths(
        configurations::create::create_configuration,
        configurations::list::list_configurations,
        configurations::get::get_configuration,
        configurations::replace::replace_configuration,
        configurations::delete::delete_configuration,
        sessions::create::create_session,
        sessions::get::get_session,
        sessions::delete::delete_session,
        availability::list_slots,
        ui_settings::get_ui_settings,
        bookings::create::create_booking,
        bookings::get::get_booking,
        bookings::reschedule::reschedule_booking,
        bookings::decide::decide_booking,
        bookings::cancel::cancel_booking
    ),
    components(schemas(error::ErrorAnswer)),
    tags(
        (name = "Configurations", description = "What can be booked."),
        (name = "Sessions", description = "For pages of private configurations."),
        (name = "Availability", description = "The times that can be booked."),
        (name = "Bookings", description = "Guests book, move and cancel.")
    ),
    modifiers(&Additions)
)]
struct NylasApi;

struct Additions;

impl Modify for Additions {
    fn modify(&self, document: &mut openapi::OpenApi) {
        convene::openapi::add_examples(document, examples::of);
        let components = document.components.get_or_insert_default();
        for (name, meaning) in [
            ("api_key", "The API key of a tenant."),
            ("session", "The `session_id` of `POST /v3/scheduling/sessions`."),
        ] {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(meaning)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}
