//! The routes of this family. `cargo generate` writes this file from `functions.yaml`.

use convene::edge::Route;

#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/oauth2/token", cors: None },
];
