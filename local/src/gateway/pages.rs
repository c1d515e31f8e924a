//! What a person sees at the API's port: a start page, and the API's documentation with a form to try it.

use std::sync::Arc;

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse as _},
    routing::get,
};
use convene::domain::Scope;
use maud::{DOCTYPE, html};
use utoipa::openapi::Server;
use utoipa_swagger_ui::{Config, SwaggerUi, Url, oauth};

use super::{Gateway, handle};
use crate::ReadyTenant;

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem; margin-bottom: 0 }
p { margin-top: .25rem; opacity: .8 }
ul { list-style: none; padding: 0 }
li { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .8rem 0 }
li a { font-weight: 600; display: block }
code { font-size: .9em }
";

/// The pages, at paths that the API does not use. Other methods at these paths are the API's to refuse. The form to try
/// the API offers to sign in as `client`.
pub(super) fn router(calendars: &str, client: Option<&ReadyTenant>) -> Router<Arc<Gateway>> {
    let start = start_page(calendars);
    let mut router = Router::new().route("/", get(async move || Html(start)).fallback(handle));
    let mut documents = Vec::new();
    for (family, mut document) in crate::documents() {
        // Relative to where the document came from: at localhost, a form that calls 127.0.0.1 would be a page of another origin.
        document.servers = Some(vec![Server::new("/")]);
        let yaml = crate::to_yaml(&document).unwrap_or_default();
        let page = async move || ([(header::CONTENT_TYPE, "application/yaml")], yaml).into_response();
        router = router.route(&format!("/openapi/{family}.yaml"), get(page).fallback(handle));
        documents.push((Url::from(format!("/openapi/{family}.json")), document));
    }
    router.merge(SwaggerUi::new("/docs").urls(documents).config(form()).oauth(sign_in(client)))
}

/// The standalone layout: only its bar offers several documents.
fn form() -> Config<'static> {
    Config::default().try_it_out_enabled(true).display_request_duration(true).default_models_expand_depth(0)
}

/// What the dialog "Authorize" is filled in with. Not the client's secret: all of this stands in a script that is served
/// without credentials.
fn sign_in(client: Option<&ReadyTenant>) -> oauth::Config {
    let scopes = [Scope::CalendarRead, Scope::CalendarWrite].map(|scope| scope.as_str().to_owned());
    let config = oauth::Config::new().app_name("Convene").scopes(scopes.into());
    match client {
        Some(client) => config.client_id(&client.client_id),
        None => config,
    }
}

fn start_page(calendars: &str) -> String {
    let simulator = calendars.trim_end_matches("/calendars").trim_end_matches('/');
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Convene on this machine" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "Convene" }
                p { "The whole product on this machine. Nothing here leaves it." }
                ul {
                    li { a href="/docs" { "The API" } "Every endpoint, with a form to try it; Authorize there asks for the client secret that is in the terminal. As documents: "
                        @for (place, (family, _)) in crate::documents().iter().enumerate() {
                            @if place > 0 { ", " }
                            a style="display:inline" href={ "/openapi/" (family) ".yaml" } { (family) ".yaml" }
                        }
                        "." }
                    li { a href=(calendars) { "Calendars" } "Each mailbox's week, where meetings can be accepted or declined." }
                    li { a href={ (simulator) "/simulator/requests" } { "Requests" } "What Convene asked Microsoft Graph, call by call." }
                }
                p { "Credentials and a first call are in the terminal where " code { "cargo local" } " runs." }
            }
        }
    }
    .into_string()
}
