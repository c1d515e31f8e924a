//! The routes of this family. `cargo generate` writes this file from `functions.yaml`.

use convene::edge::Route;

#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/v3/grants/{grant_id}/scheduling/configurations", cors: None },
    Route { method: "GET", path: "/v3/grants/{grant_id}/scheduling/configurations", cors: None },
    Route { method: "GET", path: "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}", cors: None },
    Route { method: "PUT", path: "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}", cors: None },
    Route { method: "POST", path: "/v3/scheduling/sessions", cors: None },
    Route { method: "GET", path: "/v3/scheduling/sessions/{session_id}", cors: None },
    Route { method: "GET", path: "/v3/scheduling/availability", cors: Some(&crate::cors::CORS) },
    Route { method: "GET", path: "/v3/scheduling/ui-settings", cors: Some(&crate::cors::CORS) },
    Route { method: "POST", path: "/v3/scheduling/bookings", cors: Some(&crate::cors::CORS) },
    Route { method: "GET", path: "/v3/scheduling/bookings/{booking_id}", cors: Some(&crate::cors::CORS) },
    Route { method: "PATCH", path: "/v3/scheduling/bookings/{booking_id}", cors: Some(&crate::cors::CORS) },
    Route { method: "PUT", path: "/v3/scheduling/bookings/{booking_id}", cors: Some(&crate::cors::CORS) },
    Route { method: "DELETE", path: "/v3/scheduling/bookings/{booking_id}", cors: Some(&crate::cors::CORS) },
    Route { method: "DELETE", path: "/v3/scheduling/sessions/{session_id}", cors: None },
    Route { method: "DELETE", path: "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}", cors: None },
];
