//! Who calls, and which configuration the request is about.
//!
//! Three kinds of callers book: the tenant's own system with an API key; a page with a session, which opens one configuration; and
//! anyone, if the configuration is public. The configuration tells the tenant. What is not the caller's looks like what never was.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::{
    auth::{ApiKeyAuthenticator, Prefetch, Principal, bearer_token, host},
    domain::{ConfigurationId, Member, Scope, Tenant, TenantId, sha256_hex},
    edge::{Field, FieldErrors, Request},
    problem::Problem,
    scheduling::{
        bookings::{Bookable, BookingScheduler},
        records::{
            Consistency,
            booking::{Actor, HoldCheck, Permit},
        },
    },
    store::{Session, StoredConfiguration},
};
use futures_util::future::{join, join3};
use lambda_http_headers::AUTHORIZATION;
use uuid::Uuid;

use crate::{FAMILY, configuration::Configuration, error::Failure, limits::Limits};
