//! Trying a tenant's credential.

use super::GraphCalendar;
use crate::{calendar::CalendarError, call::CallContext};

impl GraphCalendar {
    /// Checks the tenant's credential as it is now: gets a new token from Microsoft even if this process holds one, since a
    /// stored token proves nothing about the credential. The token at hand is dropped as if Graph had refused it, which
    /// happens at most once in a while; shortly after that, the token of then counts.
    pub async fn sign_in(&self, call: &CallContext) -> Result<(), CalendarError> {
        let at_hand = self.access_token(call).await?;
        if self.reject_token(&at_hand) {
            self.access_token(call).await?;
        }
        Ok(())
    }
}
