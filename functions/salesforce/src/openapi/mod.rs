//! This family's part of the API's description: what the wire types and endpoints cannot say of themselves.

mod examples;

use utoipa::{
    Modify, OpenApi,
    openapi::{self, RefOr, Required},
};

use crate::{availability, failures, meeting, postback, wire};

/// This family's part of the `OpenAPI` document.
#[derive(OpenApi)]
#[openapi(
    paths(
        meeting::schedule::schedule_meeting,
        meeting::update::update_meeting,
        meeting::delete::delete_meeting,
        meeting::get::get_meeting,
        availability::get_availability,
        postback::create::create_appointments,
        postback::update::update_appointments,
        postback::delete::delete_appointments
    ),
    tags(
        (name = "Scheduler API", description = "Meetings in Outlook calendars, and when people are not available."),
        (name = "Lightning Scheduler adapter", description = "Appointments of which each person has one of their own, without invitations. Availability by `serviceResourceId` belongs to it too.")
    ),
    modifiers(&Additions)
)]
pub struct SalesforceApi;

struct Additions;

impl Modify for Additions {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        failures::add_shared(components);
        wire::values::add_shared(components);
        examples::add(document);
        // DELETE may have its fields in the query instead.
        let deletes = document.paths.paths.values_mut().filter_map(|path| path.delete.as_mut());
        for body in deletes.filter_map(|operation| operation.request_body.as_mut()) {
            if let RefOr::T(body) = body {
                body.required = Some(Required::False);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::ErrorCode;

    #[test]
    fn an_error_code_is_written_under_its_name() {
        let document = serde_json::to_value(SalesforceApi::openapi()).expect("JSON");
        let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().expect("codes").clone();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!(codes.contains(&json!(code.as_str())), "{code:?}");
            assert_eq!(json!(code), code.as_str());
        }
    }
}
