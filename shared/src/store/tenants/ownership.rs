//! Writes of tenants. Each tenant has an owner, the stack that rolled it out, and only the owner may change it.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use chrono::{DateTime, Utc};

use super::{PublicName, Tenants, VERSION, config_key, is_disabled};
use crate::{
    domain::{Tenant, TenantId},
    store::{
        error::StoreError,
        item::{Reader, condition_met, instant, malformed, number, sdk_error, text},
    },
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The id of the stack that rolled the tenant out.
    pub owner: String,
    /// Whether that stack was deleted. Another stack may then take the tenant over.
    pub disabled: bool,
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether the tenant is being erased. Until it has been, no stack may take it over.
    pub erasing: bool,
}

/// The result of [`Tenants::mark_for_erasure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureMark {
    Set,
    /// Not set: the tenant is enabled.
    Enabled,
    /// Not set: the tenant does not exist. Another invocation may have erased it.
    NotFound,
}

impl Ownership {
    /// Whether `owner` may write the tenant.
    pub fn allows(&self, owner: &str) -> bool {
        !self.erasing && (self.disabled || self.owner == owner)
    }
}

impl Tenants {
    /// A strongly consistent read, not cached. `None`: the tenant does not exist.
    pub async fn ownership(&self, id: &TenantId) -> Result<Option<Ownership>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).key("pk", text(config_key(id)));
        let output = request.consistent_read(true).send().await.map_err(sdk_error)?;
        let ownership = |item| {
            let reader = Reader(item);
            reader.check_version(VERSION)?;
            Ok(Ownership {
                owner: reader.text("owner")?.to_owned(),
                disabled: is_disabled(item),
                disabled_at: reader.optional_instant("disabled_at"),
                erasing: item.contains_key("erasing"),
            })
        };
        output.item().map(ownership).transpose()
    }

    /// Stores a tenant's configuration, and enables the tenant. `false`: it belongs to another owner or is being erased.
    pub async fn put(&self, tenant: &Tenant, owner: &str) -> Result<bool, StoreError> {
        // It would be malformed when it is read.
        if !tenant.names_its_own() {
            return Err(malformed("config"));
        }
        let config = serde_json::to_string(tenant).map_err(|_| malformed("config"))?;
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(config_key(&tenant.id)))
            .item("v", number(VERSION))
            .item("config", text(config))
            .item("owner", text(owner))
            .condition_expression(
                "attribute_not_exists(erasing) AND (attribute_not_exists(pk) OR #owner = :owner OR disabled = :true)",
            )
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .send()
            .await;
        condition_met(result, PutItemError::is_conditional_check_failed_exception)
    }

    /// Disables a tenant as of `now`, and keeps its items. `false`: it does not exist, or belongs to another owner.
    pub async fn disable(&self, id: &TenantId, owner: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(config_key(id)))
            .update_expression("SET disabled = :true, disabled_at = if_not_exists(disabled_at, :now)")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":now", instant(now))
            .send()
            .await;
        condition_met(result, UpdateItemError::is_conditional_check_failed_exception)
    }

    /// Marks a disabled tenant as being erased, so that no stack can take it over before its configuration is removed.
    pub async fn mark_for_erasure(&self, id: &TenantId) -> Result<ErasureMark, StoreError> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(config_key(id)))
            .update_expression("SET erasing = :true")
            .condition_expression("disabled = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(_) => Ok(ErasureMark::Set),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    let exists = failure.item().is_some_and(|item| item.contains_key("v"));
                    Ok(if exists { ErasureMark::Enabled } else { ErasureMark::NotFound })
                }
                _ => Err(sdk_error(error)),
            },
        }
    }

    /// Removes a disabled tenant's configuration. `false`: the tenant is enabled. Succeeds if the tenant does not exist: the SDK may
    /// repeat a delete whose response was lost.
    pub async fn remove(&self, id: &TenantId) -> Result<bool, StoreError> {
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(config_key(id)))
            .condition_expression("attribute_not_exists(pk) OR disabled = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .send()
            .await;
        condition_met(result, DeleteItemError::is_conditional_check_failed_exception)
    }

    /// Assigns a name to a tenant. The inner error is the id of the tenant that the name belongs to.
    pub async fn claim(&self, name: &PublicName, id: &TenantId) -> Result<Result<(), String>, StoreError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(name.key()))
            .item("v", number(VERSION))
            .item("tenant", text(id.as_str()))
            .condition_expression("attribute_not_exists(pk) OR tenant = :tenant")
            .expression_attribute_values(":tenant", text(id.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(_) => Ok(Ok(())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failure)) => {
                    let owner = failure.item().and_then(|item| Reader(item).optional_text("tenant").map(str::to_owned));
                    Ok(Err(owner.unwrap_or_default()))
                }
                _ => Err(sdk_error(error)),
            },
        }
    }

    /// Releases a name, if it belongs to this tenant.
    pub async fn release(&self, name: &PublicName, id: &TenantId) -> Result<(), StoreError> {
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(name.key()))
            .condition_expression("tenant = :tenant")
            .expression_attribute_values(":tenant", text(id.as_str()))
            .send()
            .await;
        condition_met(result, DeleteItemError::is_conditional_check_failed_exception).map(drop)
    }
}
