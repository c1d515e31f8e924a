//! The routes of this family. `cargo generate` writes this file from `functions.yaml`.

use convene::edge::Route;

#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/api/salesforce/scheduler/meeting", cors: None },
    Route { method: "GET", path: "/api/salesforce/scheduler/meeting", cors: None },
    Route { method: "PATCH", path: "/api/salesforce/scheduler/meeting", cors: None },
    Route { method: "POST", path: "/api/salesforce/scheduler/availability", cors: None },
    Route { method: "DELETE", path: "/api/salesforce/scheduler/meeting", cors: None },
    Route { method: "POST", path: "/api/salesforce/scheduler/postback", cors: None },
    Route { method: "PUT", path: "/api/salesforce/scheduler/postback", cors: None },
    Route { method: "DELETE", path: "/api/salesforce/scheduler/postback", cors: None },
];
