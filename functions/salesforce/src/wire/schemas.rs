//! Schemas that are another one with changes. No Rust type has their form: requests are read by the one that they come from.

use std::{borrow::Cow, marker::PhantomData};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, OneOfBuilder, Ref, RefOr,
        schema::{AdditionalProperties, Object, Schema, SchemaType, Type},
    },
};

use super::{
    MAX_ATTENDEES, MeetingReference, MeetingRequest,
    values::{LISTED_ATTENDEE, address},
};

/// The body of PATCH on meetings: a [`MeetingRequest`] of which only two fields must be there, and the others may be `null`
/// as well.
pub type MeetingChangeRequest = Derived<MeetingChange>;
/// The body of POST on appointments: a [`MeetingRequest`] whose fields mean an appointment's.
pub type AppointmentRequest = Derived<Appointment>;
/// An [`AppointmentRequest`] without the fields that a change has elsewhere.
pub type AppointmentContent = Derived<Content>;
/// An [`AppointmentRequest`] of which only the id is looked at.
pub type OriginalAppointment = Derived<Original>;
/// The body of DELETE on appointments: a [`MeetingReference`] with a list of attendees.
pub type AppointmentReference = Derived<Reference>;

/// A schema that comes from another one.
pub struct Derived<D>(PhantomData<D>);

/// How a schema comes from another one.
pub trait Derivation {
    /// The schema that it comes from.
    type From: ToSchema;
    /// What it is called.
    const NAME: &'static str;
    /// What it says of itself.
    const DESCRIPTION: &'static str;
    /// Makes it of the other one.
    fn change(object: &mut Object);
}

impl<D: Derivation> PartialSchema for Derived<D> {
    fn schema() -> RefOr<Schema> {
        let mut schema = D::From::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.description = Some(D::DESCRIPTION.to_owned());
            D::change(object);
        }
        schema
    }
}

impl<D: Derivation> ToSchema for Derived<D> {
    fn name() -> Cow<'static, str> {
        D::NAME.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        D::From::schemas(schemas);
    }
}

/// See [`MeetingChangeRequest`].
pub struct MeetingChange;

impl MeetingChange {
    const REQUIRED: [&str; 2] = ["id", "organizerEmail"];
}

impl Derivation for MeetingChange {
    type From = MeetingRequest;
    const NAME: &'static str = "MeetingChange";
    const DESCRIPTION: &'static str = "What is left out or `null` stays as it is.";

    fn change(object: &mut Object) {
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
    }
}

/// See [`AppointmentRequest`].
pub struct Appointment;

impl Derivation for Appointment {
    type From = MeetingRequest;
    const NAME: &'static str = "Appointment";
    const DESCRIPTION: &'static str = "Body of POST on `/api/salesforce/scheduler/postback`.";

    fn change(object: &mut Object) {
        for (field, meaning) in [
            (
                "id",
                "The caller's own id of the appointment: 1 to 512 bytes of UTF-8, and not only blanks. White space at its ends is \
                 not part of it. A meeting may have the same one.",
            ),
            ("organizerEmail", "Mailbox of the organizer, inside the organization."),
            (
                "attendees",
                "Who else gets a copy, inside the organization, at most 500. `isRequired` makes no difference.",
            ),
            ("location", "Place. Never an online meeting. Cut at 255 characters."),
        ] {
            match object.properties.get_mut(field) {
                Some(RefOr::T(Schema::Object(field))) => field.description = Some(meaning.to_owned()),
                Some(RefOr::T(Schema::Array(field))) => field.description = Some(meaning.to_owned()),
                _ => {}
            }
        }
    }
}

/// See [`AppointmentContent`].
pub struct Content;

impl Derivation for Content {
    type From = AppointmentRequest;
    const NAME: &'static str = "AppointmentContent";
    const DESCRIPTION: &'static str = "An appointment as it is to be, whole.";

    fn change(object: &mut Object) {
        for elsewhere in ["id", "salesforceCorrelationId"] {
            object.properties.remove(elsewhere);
            object.required.retain(|field| field != elsewhere);
        }
    }
}

/// See [`OriginalAppointment`].
pub struct Original;

impl Derivation for Original {
    type From = AppointmentRequest;
    const NAME: &'static str = "OriginalAppointment";
    const DESCRIPTION: &'static str =
        "An appointment as the caller takes it to be. Its id says which; nothing else is looked at.";

    fn change(object: &mut Object) {
        object.properties.retain(|field, _| field == "id");
        object.required.retain(|field| field == "id");
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
    }
}

/// See [`AppointmentReference`].
pub struct Reference;

impl Derivation for Reference {
    type From = MeetingReference;
    const NAME: &'static str = "AppointmentReference";
    const DESCRIPTION: &'static str = "Body of DELETE on `/api/salesforce/scheduler/postback`.";

    fn change(object: &mut Object) {
        let entry = OneOfBuilder::new().item(address("The mail address.")).item(Ref::from_schema_name(LISTED_ATTENDEE));
        let list = ArrayBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
            .items(entry)
            .max_items(Some(MAX_ATTENDEES))
            .description(Some("Whom to answer for beside the organizer, at most 500. Every copy is deleted anyway."));
        object.properties.insert("attendees".to_owned(), list.into());
        if let Some(RefOr::T(Schema::Object(id))) = object.properties.get_mut("id") {
            id.description = Some("The id the appointment was created with.".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const CONTENT: [&str; 7] = ["organizerEmail", "attendees", "body", "subject", "startTime", "endTime", "location"];

    fn schemas() -> Value {
        serde_json::to_value(crate::openapi()).expect("JSON")["components"]["schemas"].clone()
    }

    fn fields(schema: &Value) -> Vec<String> {
        schema["properties"].as_object().expect("fields").keys().cloned().collect()
    }

    #[test]
    fn post_needs_all_but_the_correlation_id_and_patch_the_reference() {
        let schemas = schemas();
        assert_eq!(fields(&schemas["Meeting"]), fields(&schemas["MeetingChange"]));
        assert_eq!(schemas["Meeting"]["required"], json!([&["id"][..], &CONTENT].concat()));
        assert_eq!(schemas["MeetingChange"]["required"], json!(MeetingChange::REQUIRED));
        assert_eq!(schemas["MeetingChange"]["properties"]["subject"]["type"], json!(["string", "null"]));
        assert_eq!(schemas["MeetingChange"]["properties"]["attendees"]["type"], json!(["array", "null"]));
        assert_eq!(schemas["MeetingChange"]["properties"]["id"]["type"], "string");
    }

    #[test]
    fn an_appointment_has_the_fields_of_a_meeting_and_its_own_meaning() {
        let schemas = schemas();
        assert_eq!(fields(&schemas["Appointment"]), fields(&schemas["Meeting"]));
        assert_eq!(schemas["Appointment"]["required"], schemas["Meeting"]["required"]);
        for field in ["id", "organizerEmail", "attendees", "location"] {
            let meaning = |schema: &str| schemas[schema]["properties"][field]["description"].clone();
            assert_ne!(meaning("Appointment"), meaning("Meeting"), "{field}");
        }
        assert_eq!(schemas["AppointmentContent"]["required"], json!(CONTENT));
        assert_eq!(fields(&schemas["AppointmentContent"]).len(), CONTENT.len());
        assert_eq!(schemas["OriginalAppointment"]["required"], json!(["id"]));
        assert_eq!(schemas["AppointmentReference"]["required"], schemas["MeetingReference"]["required"]);
        assert_eq!(schemas["AppointmentReference"]["properties"]["attendees"]["maxItems"], MAX_ATTENDEES);
    }
}
