//! Successful responses: `{request_id, data}`.

use convene::edge::{Request, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The header from which the vendor's JavaScript client takes the request's id.
pub const REQUEST_ID: &str = "x-request-id";

/// A response with data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply<T> {
    /// The id of the request, as the header `x-request-id` has it.
    #[schema(example = "5fa64c92-e840-4357-86b9-2aa364d35b88")]
    pub request_id: String,
    pub data: T,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageReply<T> {
    #[schema(example = "5fa64c92-e840-4357-86b9-2aa364d35b88")]
    pub request_id: String,
    pub data: Vec<T>,
    /// The `page_token` of the next page. `null`: this is the last one.
    pub next_cursor: Option<String>,
}

/// A response without data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    #[schema(example = "5967ca40-a2d8-4ee0-a0e0-6f18ace39a90")]
    pub request_id: String,
}

/// The id of a request: the caller's correlation id, or one made for it.
pub fn request_id(request: &Request) -> String {
    let id = request.context.returned_correlation();
    // It stands in a header as well.
    id.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

pub fn data(request: &Request, data: impl Serialize) -> Response {
    let request_id = request_id(request);
    Response::json(200, &Reply { request_id: request_id.clone(), data }).header(REQUEST_ID, &request_id)
}

pub fn page(request: &Request, data: Vec<impl Serialize>, next_cursor: Option<String>) -> Response {
    let request_id = request_id(request);
    let page = PageReply { request_id: request_id.clone(), data, next_cursor };
    Response::json(200, &page).header(REQUEST_ID, &request_id)
}

pub fn done(request: &Request) -> Response {
    let request_id = request_id(request);
    Response::json(200, &Done { request_id: request_id.clone() }).header(REQUEST_ID, &request_id)
}
