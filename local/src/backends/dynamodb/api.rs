//! DynamoDB's API over HTTP: an operation in a header, JSON in, JSON out.
//!
//! The database brings a server of its own, which answers pages of every origin and listens without asking. This one is a
//! router, so that it stands behind the same guard as everything else that listens.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header},
    routing::post,
};
use dynoxide::{
    Database, DynoxideError,
    auth_material::{AuthMaterial, validate},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// DynamoDB's own limit on a request.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// What an operation's name comes after, in `X-Amz-Target`.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];
const MEDIA_TYPES: [&str; 2] = ["application/x-amz-json-1.0", "application/json"];
const UNKNOWN_OPERATION: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;

/// The API of a database.
pub(super) fn router(database: Database) -> Router {
    let not_found = async || answer(StatusCode::NOT_FOUND, UNKNOWN_OPERATION.to_owned());
    Router::new()
        .route("/", post(handle).fallback(not_found))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(database)
}

async fn handle(State(database): State<Database>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text("content-type").and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !MEDIA_TYPES.iter().any(|known| known.eq_ignore_ascii_case(media_type)) {
        return answer(StatusCode::NOT_FOUND, UNKNOWN_OPERATION.to_owned());
    }
    let target = text("x-amz-target").unwrap_or_default();
    let Some(operation) = TARGETS.iter().find_map(|prefix| target.strip_prefix(prefix)) else {
        return answer(StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.to_owned());
    };
    let credentials = AuthMaterial {
        authorization: text("authorization"),
        query: uri.query().unwrap_or_default(),
        has_date_header: headers.contains_key("x-amz-date") || headers.contains_key("date"),
    };
    // Whether a signature is there and whole, as DynamoDB asks; not whether it is right.
    if let Some(refusal) = validate(credentials) {
        return answer(StatusCode::BAD_REQUEST, refusal);
    }
    match execute(&database, operation, &body) {
        Some(Ok(json)) => answer(StatusCode::OK, json),
        Some(Err(error)) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            answer(status, error.to_json())
        }
        None => answer(StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.to_owned()),
    }
}

/// What an operation answers; `None` if there is no such operation. On this thread: the database is in this process, and
/// one request takes well below a millisecond.
fn execute(database: &Database, operation: &str, body: &[u8]) -> Option<Result<String, DynoxideError>> {
    macro_rules! operations {
        ($($name:literal => $method:ident),+ $(,)?) => {
            match operation {
                $($name => Some(run(body, |request| database.$method(request))),)+
                _ => None,
            }
        };
    }
    operations! {
        "GetItem" => get_item,
        "PutItem" => put_item,
        "UpdateItem" => update_item,
        "DeleteItem" => delete_item,
        "Query" => query,
        "Scan" => scan,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "CreateTable" => create_table,
        "UpdateTable" => update_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "ListTables" => list_tables,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
        "ListStreams" => list_streams,
        "DescribeStream" => describe_stream,
        "GetShardIterator" => get_shard_iterator,
        "GetRecords" => get_records,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "BatchExecuteStatement" => batch_execute_statement,
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    execute: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    serde_json::to_string(&execute(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// A request that is not of the operation's form. The database's types mark what DynamoDB calls invalid; anything else is
/// no serialized request to it.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let marked = ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"];
    if let Some(message) = marked.iter().find_map(|mark| text.strip_prefix(mark)) {
        return DynoxideError::ValidationException(message.to_owned());
    }
    let is_value = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if is_value.iter().any(|part| text.contains(part)) {
        return DynoxideError::ValidationException(text.to_owned());
    }
    let marked = ["SERIALIZATION_AS_READ:", "SERIALIZATION:"];
    let message = marked.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    DynoxideError::SerializationException(message.to_owned())
}

fn answer(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPES[0]));
    if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().simple().to_string().to_uppercase()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};
    use lambda_http::Service as _;
    use serde_json::{Value, json};

    use super::*;

    async fn ask(router: &mut Router, target: &str, body: &str) -> (u16, Value) {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
                 Signature=0",
            )
            .body(Body::from(body.to_owned()))
            .expect("a request");
        let response = router.call(request).await.unwrap_or_else(|never| match never {});
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    fn kind(answer: &Value) -> &str {
        answer["__type"].as_str().and_then(|kind| kind.rsplit('#').next()).unwrap_or_default()
    }

    #[tokio::test]
    async fn items_are_written_and_read_under_conditions() {
        let mut router = router(Database::memory().expect("a database"));
        let table = json!({"TableName": "Things", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]});
        assert_eq!(ask(&mut router, "DynamoDB_20120810.CreateTable", &table.to_string()).await.0, 200);
        let put = json!({"TableName": "Things", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}},
            "ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
        assert_eq!(ask(&mut router, "DynamoDB_20120810.PutItem", &put.to_string()).await.0, 200);
        let (status, met) = ask(&mut router, "DynamoDB_20120810.PutItem", &put.to_string()).await;
        assert_eq!(
            (status, kind(&met), &met["Item"]["n"]),
            (400, "ConditionalCheckFailedException", &json!({"N": "1"}))
        );
        let get = json!({"TableName": "Things", "Key": {"pk": {"S": "a"}}});
        let (_, found) = ask(&mut router, "DynamoDB_20120810.GetItem", &get.to_string()).await;
        assert_eq!(found["Item"]["n"], json!({"N": "1"}));
        let transaction = json!({"TransactItems": [{"Put": put}]});
        let (status, cancelled) =
            ask(&mut router, "DynamoDB_20120810.TransactWriteItems", &transaction.to_string()).await;
        assert_eq!((status, kind(&cancelled)), (400, "TransactionCanceledException"));
        assert_eq!(cancelled["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    }

    #[tokio::test]
    async fn what_is_no_request_is_refused_as_dynamodb_does() {
        let mut router = router(Database::memory().expect("a database"));
        for (target, body, expected) in [
            ("DynamoDB_20120810.Nothing", "{}", "UnknownOperationException"),
            ("Nothing", "{}", "UnknownOperationException"),
            ("DynamoDB_20120810.GetItem", "", "SerializationException"),
            ("DynamoDB_20120810.GetItem", "[", "SerializationException"),
            ("DynamoDB_20120810.GetItem", r#"{"TableName": 7}"#, "SerializationException"),
            ("DynamoDB_20120810.GetItem", r#"{"TableName": "Things", "Key": {"pk": {}}}"#, "ValidationException"),
            ("DynamoDB_20120810.Scan", r#"{"TableName": "Nowhere"}"#, "ResourceNotFoundException"),
        ] {
            let (status, answer) = ask(&mut router, target, body).await;
            assert_eq!((status, kind(&answer)), (400, expected), "{target} {body}: {answer}");
            assert!(!answer.to_string().contains("VALIDATION"), "{answer}");
        }
    }
}
