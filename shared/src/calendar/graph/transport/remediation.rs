//! What an operator can do about a calendar error.

use crate::{
    calendar::{CalendarError, Credential},
    domain::Access,
};

/// What to do about an error, in words for an operator. `None`: nothing but to read the log.
pub fn remediation(error: &CalendarError, access: Access) -> Option<&'static str> {
    let delegated = access == Access::Delegated;
    Some(match error {
        CalendarError::CredentialRefused { code, credential } => entra_remediation(code).unwrap_or(match credential {
            Credential::SignIn | Credential::NoSignIn => {
                "Sign in with the account that Convene acts for, and store the new refresh token in the secret `token`."
            }
            Credential::ClientSecret => {
                "Create a client secret in Entra and store its value in the secret `microsoft`."
            }
            Credential::Application => {
                "Compare the application id, the directory id and the cloud with those in Entra, and see the \
                 application's sign-in logs there."
            }
        }),
        CalendarError::AccessDenied { .. } if delegated => {
            "The mailbox is not shared with the account that Convene acts for. Share its calendar with that account, \
             with write access."
        }
        CalendarError::AccessDenied { .. } => {
            "The permission Calendars.ReadWrite is missing, or the mailbox is outside of the application's scope. Give \
             the application the role or the permission, or add the mailbox to its group. Exchange takes up to two \
             hours to notice."
        }
        CalendarError::MailboxNotFound => {
            "The address has no Exchange Online mailbox in this organization: misspelt, unlicensed, an outside contact, or \
             still on premises. Correct the member, or give the person a mailbox."
        }
        CalendarError::NotConfigured { .. } => {
            "What was set up for the tenant is incomplete. See the secrets above, and the permissions of the function."
        }
        CalendarError::Throttled { .. } | CalendarError::NoAnswer { .. } | CalendarError::Failed { .. } => {
            "Microsoft is busy or fails at the moment. Check again in some minutes."
        }
        CalendarError::NotSent { .. } => {
            "Microsoft, or what Convene needs to reach it, does not answer at the moment. Check again in some minutes; if \
             that does not help, see whether the function can reach the cloud that the tenant is configured for."
        }
        _ => return None,
    })
}

/// What to do about an Entra error number.
fn entra_remediation(code: &str) -> Option<&'static str> {
    Some(match code.strip_prefix("AADSTS")? {
        "7000215" => {
            "The client secret is wrong. Often the Secret ID was copied instead of the Value. Store the value in the \
             secret `microsoft`."
        }
        "7000222" => {
            "The client secret has expired. Create another one in Entra and store it in the secret `microsoft`."
        }
        "700016" => {
            "There is no such application in this directory. Compare the application id, the directory id and the cloud."
        }
        "90002" => "There is no such directory. Compare the directory id and the cloud.",
        "65001" => "Consent is missing. Sign in with the account that Convene acts for, and consent.",
        "70008" | "700082" => {
            "The refresh token has expired, since it was not used. Sign in again and store the new one."
        }
        "50173" | "50078" => {
            "The sign-in was revoked: a password was changed, or sessions were ended. Sign in again and store the new \
             refresh token."
        }
        "50057" => {
            "The account that Convene acts for is disabled. Enable it, sign in again and store the refresh token."
        }
        "53003" => {
            "Conditional access blocks the sign-in. Allow this application, or the place it signs in from, in the policy."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entra_number_has_its_own_remediation() {
        let of = |code: &str| {
            let error = CalendarError::CredentialRefused { credential: Credential::SignIn, code: code.to_owned() };
            remediation(&error, Access::Delegated).expect("a remediation")
        };
        let known = ["7000215", "7000222", "700016", "90002", "65001", "700082", "50173", "50057", "53003"];
        let texts: std::collections::BTreeSet<_> = known.iter().map(|number| of(&format!("AADSTS{number}"))).collect();
        assert_eq!(texts.len(), known.len());
        assert_eq!((of("AADSTS70008"), of("AADSTS50078")), (of("AADSTS700082"), of("AADSTS50173")));
        for unknown in ["AADSTS1", "invalid_grant", ""] {
            assert!(of(unknown).starts_with("Sign in with the account"), "{unknown}");
        }
    }

    #[test]
    fn access_denied_depends_on_the_kind_of_access() {
        let error = CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() };
        assert!(remediation(&error, Access::Application).is_some_and(|text| text.contains("Calendars.ReadWrite")));
        assert!(remediation(&error, Access::Delegated).is_some_and(|text| text.contains("not shared")));
        assert_eq!(remediation(&CalendarError::EventNotFound, Access::Application), None);
    }
}
