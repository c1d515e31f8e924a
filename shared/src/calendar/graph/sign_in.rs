//! Trying a tenant's credential.

use super::GraphCalendar;
use crate::{calendar::CalendarError, call::CallContext};

impl GraphCalendar {
    /// Gets a token from Microsoft although one may be at hand: a stored one says nothing of the credential that it was
    /// had with. The one at hand is dropped as if Graph had refused it, which is done once in a while only; where it was
    /// done a moment ago, the token of then will do.
    pub(super) async fn exchange_anew(&self, call: &CallContext) -> Result<(), CalendarError> {
        let at_hand = self.access_token(call).await?;
        if self.reject_token(&at_hand) {
            self.access_token(call).await?;
        }
        Ok(())
    }
}
