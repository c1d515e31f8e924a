//! This family's part of the API's description: what the wire types and endpoints cannot say of themselves.

mod examples;
mod failures;

use std::borrow::Cow;

use serde_json::json;
use utoipa::{
    Modify, OpenApi, PartialSchema, ToSchema,
    openapi::{
        self, ObjectBuilder, RefOr, Required,
        schema::{Schema, SchemaType, Type},
    },
};

use crate::{availability, meeting, wire::MeetingRequest};
pub use failures::{AvailabilityFailures, MeetingFailures, ReferenceFailures, ScheduleFailures};

/// This family's part of the `OpenAPI` document.
#[derive(OpenApi)]
#[openapi(
    paths(
        meeting::schedule::schedule_meeting,
        meeting::update::update_meeting,
        meeting::delete::delete_meeting,
        meeting::get::get_meeting,
        availability::get_availability
    ),
    tags((name = "Scheduler API", description = "Meetings in Outlook calendars, and when people are not available.")),
    modifiers(&Additions)
)]
pub struct SalesforceApi;

struct Additions;

impl Modify for Additions {
    fn modify(&self, document: &mut openapi::OpenApi) {
        failures::add_shared(document.components.get_or_insert_default());
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

/// The body of PATCH, for the document alone: a [`MeetingRequest`] of which only two fields must be there, and the others
/// may be `null` as well.
pub struct MeetingChangeRequest;

impl MeetingChangeRequest {
    const REQUIRED: [&str; 2] = ["id", "organizerEmail"];
}

impl PartialSchema for MeetingChangeRequest {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut object)) = MeetingRequest::schema() else { return MeetingRequest::schema() };
        object.description = Some("What is left out or `null` stays as it is.".to_owned());
        object.required = Self::REQUIRED.map(str::to_owned).into();
        for (name, field) in &mut object.properties {
            let kind = match field {
                RefOr::T(Schema::Object(field)) => &mut field.schema_type,
                RefOr::T(Schema::Array(field)) => &mut field.schema_type,
                _ => continue,
            };
            if let (SchemaType::Type(given), false) = (&*kind, Self::REQUIRED.contains(&name.as_str())) {
                *kind = SchemaType::from_iter([given.clone(), Type::Null]);
            }
        }
        RefOr::T(Schema::Object(object))
    }
}

impl ToSchema for MeetingChangeRequest {
    fn name() -> Cow<'static, str> {
        "MeetingChange".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        MeetingRequest::schemas(schemas);
    }
}

/// The schema of `isRequired` in a request.
pub fn flag() -> Schema {
    let kinds = SchemaType::from_iter([Type::String, Type::Boolean]);
    let values = [json!("true"), json!("false"), json!(true), json!(false)];
    let meaning =
        "`\"true\"` for a required attendee, `\"false\"` for an optional one. A JSON boolean is accepted too.";
    ObjectBuilder::new().schema_type(kinds).enum_values(Some(values)).description(Some(meaning)).into()
}

#[cfg(test)]
mod tests {
    use convene::problem::Kind;
    use serde_json::Value;

    use super::*;

    const KINDS: [Kind; 11] = [
        Kind::InvalidRequest,
        Kind::InvalidTimeInterval,
        Kind::Unauthorized,
        Kind::AccessDenied,
        Kind::MeetingNotFound,
        Kind::MailboxNotFound,
        Kind::MeetingAlreadyExists,
        Kind::InProgress,
        Kind::ServerBusy,
        Kind::TimedOut,
        Kind::Internal,
    ];

    fn schemas() -> Value {
        serde_json::to_value(SalesforceApi::openapi()).expect("JSON")["components"]["schemas"].clone()
    }

    #[test]
    fn post_needs_all_but_the_correlation_id_and_patch_the_reference() {
        let schemas = schemas();
        let fields = |schema: &str| {
            let fields = schemas[schema]["properties"].as_object().expect("fields");
            fields.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(fields("Meeting"), fields("MeetingChange"));
        let all = ["id", "organizerEmail", "attendees", "body", "subject", "startTime", "endTime", "location"];
        assert_eq!(schemas["Meeting"]["required"], json!(all));
        assert_eq!(schemas["MeetingChange"]["required"], json!(MeetingChangeRequest::REQUIRED));
        assert_eq!(schemas["MeetingChange"]["properties"]["subject"]["type"], json!(["string", "null"]));
        assert_eq!(schemas["MeetingChange"]["properties"]["attendees"]["type"], json!(["array", "null"]));
        assert_eq!(schemas["MeetingChange"]["properties"]["id"]["type"], "string");
    }

    #[test]
    fn an_error_code_travels_under_its_name() {
        let codes = schemas()["ErrorCode"]["enum"].as_array().expect("codes").clone();
        assert_eq!(codes.len(), KINDS.len() + 1);
        for kind in KINDS {
            let (_, code) = crate::answer::code(kind);
            assert!(codes.contains(&json!(code.as_str())), "{code:?}");
            assert_eq!(json!(code), code.as_str());
        }
    }
}
