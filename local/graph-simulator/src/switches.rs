//! What Graph may do but rarely does, on for as long as a test wants it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::GraphError;

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
    pub(crate) join_link_after_ms: u64,
    pub(crate) update_drops_join_link: bool,
    pub(crate) deleted_items_reachable: bool,
    pub(crate) second_delete_refused: bool,
    pub(crate) refused_id_status: u16,
    pub(crate) refused_id_code: Option<String>,
    /// Addresses.
    pub(crate) out_of_scope: Vec<String>,
    /// How many calls an app may have in flight, whatever the mailboxes.
    pub(crate) app_concurrency: Option<usize>,
    /// Addresses.
    pub(crate) refused_in_schedules: Vec<String>,
    /// Addresses.
    pub(crate) invitations_not_added: Vec<String>,
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
            join_link_after_ms: 0,
            update_drops_join_link: false,
            deleted_items_reachable: false,
            second_delete_refused: false,
            refused_id_status: 400,
            refused_id_code: None,
            out_of_scope: Vec::new(),
            app_concurrency: None,
            refused_in_schedules: Vec::new(),
            invitations_not_added: Vec::new(),
        }
    }
}

impl Switches {
    /// Whether an application may use a mailbox.
    pub(crate) fn in_scope(&self, address: &str) -> bool {
        !self.out_of_scope.iter().any(|other| other.eq_ignore_ascii_case(address))
    }

    /// Whether an event that was deleted is still to be known.
    pub(crate) fn keeps_deleted_items(&self) -> bool {
        self.deleted_items_reachable || self.second_delete_refused
    }

    /// What an id is refused with that is of no use in this mailbox.
    pub(crate) fn refused_id(&self, error: GraphError) -> GraphError {
        if !matches!(error.code.as_str(), "ErrorInvalidMailboxItemId" | "ErrorInvalidIdMalformed") {
            return error;
        }
        let code = self.refused_id_code.clone().unwrap_or(error.code);
        GraphError { status: self.refused_id_status, code, ..error }
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
        if !matches!(switches.duplicate_transaction_error, None | Some(400 | 409)) {
            return Err("duplicate_transaction_error must be null, 400 or 409".into());
        }
        if !matches!(switches.refused_id_status, 400 | 404) {
            return Err("refused_id_status must be 400 or 404".into());
        }
        if switches.app_concurrency == Some(0) {
            return Err("app_concurrency must be null or at least 1".into());
        }
        match switches.refused_id_code.as_deref() {
            None | Some("ErrorInvalidMailboxItemId" | "ErrorInvalidIdMalformed") => Ok(switches),
            Some(_) => Err("refused_id_code must be ErrorInvalidMailboxItemId or ErrorInvalidIdMalformed".into()),
        }
    }
}
