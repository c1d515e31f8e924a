//! What the functions talk to: DynamoDB, Secrets Manager and Microsoft Graph, each in this process behind a socket.

pub(crate) mod dynamodb;
pub(crate) mod secrets_manager;

use std::collections::BTreeMap;

/// The region everything is in.
pub(crate) const REGION: &str = "us-east-1";
/// The account everything belongs to.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The variables with which the AWS SDK reaches the backends. The credentials prove nothing and are needed all the same.
pub(crate) fn environment(dynamodb: &str, secrets_manager: &str) -> BTreeMap<String, String> {
    [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets_manager),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}
