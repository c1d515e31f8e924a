//! The family's OpenAPI document: what the wire types and endpoints cannot say of themselves.

mod examples;

use utoipa::{
    Modify, OpenApi,
    openapi::{self, RefOr, Required},
};

use crate::{availability, failures, meeting, postback, wire};

const DESCRIPTION: &str = "\
Books, changes, cancels and reads meetings in people's Outlook calendars through Microsoft Graph, puts appointments into \
several calendars at once, and reads when people are not available.

**Calling it.** Each call carries an access token, `Authorization: Bearer …`. `POST /oauth2/token` issues one, good for an \
hour, for a refresh token (grant `refresh_token`), for the client's own credentials (grant `client_credentials`) or, with \
tenants that still allow it, for an administrator's login (grant `password`). Where a deployment has a single tenant, a call \
may be signed instead: HTTP Message Signatures (RFC 9421) with `hmac-sha256`, every attempt anew. The format is in \
`docs/signed-requests.md`.

**Repeating.** Every call may be repeated: a repeat changes nothing that the first one did. The `id`, which the caller \
chooses, is the key under which a meeting or an appointment is booked once. Meetings and appointments have ids apart.

**Values.** Times are ISO 8601 with a zone (`Z`, `+02:00`, `+0200` or `+02`), and answered in UTC. Fields that are not known are ignored, and so is a comma \
before a closing bracket. A request body is at most 1 MiB. It may be compressed with gzip, with the content type `application/octet-stream`: API Gateway \
takes `application/json` for text.

**Failures.** An answer that is not 200 has an `errorCode` and names each field that is wrong. A list is 200 although entries \
of it failed: each has an `errorCode` of its own. A path that does not exist is answered with 404, and a method that the path \
does not have with 405 and `Allow`.
";

/// The document, as `docs/openapi/salesforce.yaml` has it.
pub fn openapi() -> openapi::OpenApi {
    convene::openapi::document(
        SalesforceApi::openapi(),
        "Convene: Scheduler API and Lightning Scheduler adapter",
        DESCRIPTION,
    )
}

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
struct SalesforceApi;

struct Additions;

impl Modify for Additions {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        failures::add_shared(components);
        wire::values::add_shared(components);
        failures::add_unsupported_coding(document);
        convene::openapi::add_examples(document, examples::of);
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

    #[test]
    fn the_table_of_error_codes_has_their_statuses_and_meanings() {
        let document = serde_json::to_value(SalesforceApi::openapi()).expect("JSON");
        let description = &document["components"]["schemas"]["ErrorCode"]["description"];
        let table = description.as_str().expect("a table").lines().filter(|row| row.starts_with("| `"));
        // A code has one status, but for a body whose content coding is not supported.
        let (other, rows): (Vec<_>, Vec<_>) = table.partition(|row| row.contains("| 415 |"));
        assert_eq!(other, ["| `InvalidRequest` | 415 | the body has a `Content-Encoding` other than `gzip` |"]);
        let row = |code: ErrorCode| {
            let meaning = match code.meaning() {
                "" => String::new(),
                meaning => format!(" {meaning}"),
            };
            format!("| `{}` | {} |{meaning} |", code.as_str(), code.status())
        };
        assert_eq!(rows, ErrorCode::ALL.map(row));
    }
}
