//! What Graph may do but rarely does, on for as long as a test wants it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// All off by default; `README.md` says what each does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "switches are on or off")]
pub(crate) struct Switches {
    pub(crate) forget_transaction_ids: bool,
    pub(crate) duplicate_transaction_error: Option<u16>,
    pub(crate) remember_deleted_transaction_ids: bool,
    pub(crate) filter_lag_ms: u64,
    pub(crate) free_busy_lag_ms: u64,
    pub(crate) latency_ms: u64,
    pub(crate) rooms_respond: bool,
    pub(crate) cancel_keeps_event: bool,
    pub(crate) token_lifetime_s: u32,
    pub(crate) omit_new_refresh_token: bool,
    /// Addresses.
    pub(crate) out_of_scope: Vec<String>,
    /// How many calls an app may have in flight, whatever the mailboxes.
    pub(crate) app_concurrency: Option<usize>,
    /// Addresses.
    pub(crate) refused_in_schedules: Vec<String>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            forget_transaction_ids: false,
            duplicate_transaction_error: None,
            remember_deleted_transaction_ids: false,
            filter_lag_ms: 0,
            free_busy_lag_ms: 0,
            latency_ms: 0,
            rooms_respond: false,
            cancel_keeps_event: false,
            token_lifetime_s: 3599,
            omit_new_refresh_token: false,
            out_of_scope: Vec::new(),
            app_concurrency: None,
            refused_in_schedules: Vec::new(),
        }
    }
}

impl Switches {
    /// Whether an application may use a mailbox.
    pub(crate) fn in_scope(&self, address: &str) -> bool {
        !self.out_of_scope.iter().any(|other| other.eq_ignore_ascii_case(address))
    }

    /// Whether a `getSchedule` that names an address is refused as a whole.
    pub(crate) fn refuses_in_schedules(&self, address: &str) -> bool {
        self.refused_in_schedules.iter().any(|other| other.eq_ignore_ascii_case(address))
    }

    /// These switches with some of them set anew.
    pub(crate) fn with(&self, changes: Map<String, Value>) -> Result<Self, String> {
        let mut all = serde_json::to_value(self).map_err(|e| e.to_string())?;
        let Some(fields) = all.as_object_mut() else {
            return Err("switches are an object".into());
        };
        fields.extend(changes);
        let switches: Self = serde_json::from_value(all).map_err(|e| e.to_string())?;
        if switches.app_concurrency == Some(0) {
            return Err("app_concurrency is null or at least 1".into());
        }
        match switches.duplicate_transaction_error {
            None | Some(400 | 409) => Ok(switches),
            Some(_) => Err("duplicate_transaction_error is null, 400 or 409".into()),
        }
    }
}
