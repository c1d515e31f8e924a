//! Schemas of single values, where the wire type accepts more or less than its derived schema would say.

use convene::domain::EmailAddress;
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, Components, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, RefOr, SchemaFormat,
        schema::{AdditionalProperties, Schema, SchemaType, Type},
    },
};

use super::{AvailabilityRequest, MAX_ATTENDEES, MAX_MAILBOXES};

/// The schema of an attendee in a list that may have plain addresses instead.
pub(super) const LISTED_ATTENDEE: &str = "ListedAttendee";

/// Adds the schemas that others refer to by name and that no endpoint has by itself.
pub fn add_shared(components: &mut Components) {
    let attendee = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A mail address in the form that the other endpoints have. Other fields are ignored."))
        .property("email", address("The mail address."))
        .required("email")
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    components.schemas.insert(LISTED_ATTENDEE.to_owned(), Schema::from(attendee).into());
}

/// The schema of a mail address in a request. In an answer it may be another text: what was sent, or what Outlook has.
pub(super) fn address(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(EmailAddress::MAX_BYTES))
        .description(Some(meaning))
}

/// The schema of `attendees` in a query string.
pub struct Addresses;

impl PartialSchema for Addresses {
    fn schema() -> RefOr<Schema> {
        Schema::from(ArrayBuilder::new().items(address("A mail address.")).max_items(Some(MAX_ATTENDEES))).into()
    }
}

impl ToSchema for Addresses {}

/// The body of POST on availability: a bounded list of [`AvailabilityRequest`].
pub struct AvailabilityEntries;

impl PartialSchema for AvailabilityEntries {
    fn schema() -> RefOr<Schema> {
        let entries = ArrayBuilder::new()
            .items(Ref::from_schema_name(AvailabilityRequest::name()))
            .max_items(Some(MAX_MAILBOXES));
        Schema::from(entries).into()
    }
}

impl ToSchema for AvailabilityEntries {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((AvailabilityRequest::name().into_owned(), AvailabilityRequest::schema()));
        AvailabilityRequest::schemas(schemas);
    }
}

/// The schema of `isRequired` in a request. Client generators do not support one enum over strings and booleans.
pub fn flag() -> Schema {
    let meaning = "`\"true\"` for a required attendee, `\"false\"` for an optional one, in any case. A JSON boolean is \
                   accepted too.";
    let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true", "false"]));
    let boolean = ObjectBuilder::new().schema_type(Type::Boolean);
    OneOfBuilder::new().item(text).item(boolean).description(Some(meaning)).into()
}

/// The schema of `salesforceCorrelationId` in a body. A value that cannot be logged must not fail a booking.
pub fn correlation_id() -> Schema {
    let meaning = "Text for finding the request in logs again. A value of another type counts as absent.";
    anything(meaning, json!("ac7b40b4-2c33-723b-8aaie-8bpf077z7539"))
}

/// The schema of `isOrganizer`.
pub fn is_organizer() -> Schema {
    anything("Whether the person is the organizer. Ignored, whatever its type.", json!(true))
}

fn anything(meaning: &str, example: Value) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(meaning)).examples([example]).into()
}
