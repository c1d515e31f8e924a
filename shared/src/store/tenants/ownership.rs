//! Writing tenants: each has an owner, the stack that rolled it out, and only that owner may change it.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use chrono::{DateTime, Utc};

use super::{Tenants, VERSION, host_key, key};
use crate::{
    domain::{Tenant, TenantId},
    store::{
        StoreError,
        item::{Reader, failed, held, instant, malformed, number, text},
    },
};

/// Who a tenant belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The stack that rolled it out.
    pub owner: String,
    /// That stack was deleted: another one may take the tenant over.
    pub disabled: bool,
    /// When that was.
    pub disabled_at: Option<DateTime<Utc>>,
    /// It is being erased: nobody may take it over before that is finished.
    pub erasing: bool,
}

/// What came of marking a tenant as being erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// It is marked.
    Begun,
    /// It is not: the tenant is enabled.
    Enabled,
    /// It is not: there is no such tenant. Another invocation may have erased it meanwhile.
    Gone,
}

impl Ownership {
    /// Whether `owner` may write the tenant.
    pub fn allows(&self, owner: &str) -> bool {
        !self.erasing && (self.disabled || self.owner == owner)
    }
}

impl Tenants {
    /// Who a tenant belongs to; `None` if there is no such tenant. Read past the cache.
    pub async fn ownership(&self, id: &TenantId) -> Result<Option<Ownership>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).key("pk", text(key(id))).consistent_read(true);
        let answer = answer.send().await.map_err(failed)?;
        let owner = |item| {
            let reader = Reader(item);
            Ok(Ownership {
                owner: reader.text("owner")?.to_owned(),
                disabled: is_disabled(item),
                disabled_at: reader.optional_instant("disabled_at"),
                erasing: item.contains_key("erasing"),
            })
        };
        answer.item().map(owner).transpose()
    }

    /// Stores a tenant's configuration, and enables the tenant. `false`: it belongs to another owner.
    pub async fn put(&self, tenant: &Tenant, owner: &str) -> Result<bool, StoreError> {
        // It would not be believed when it is read.
        if !tenant.names_its_own() {
            return Err(malformed("config"));
        }
        let config = serde_json::to_string(tenant).map_err(|_| malformed("config"))?;
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(&tenant.id)))
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
        held(outcome, PutItemError::is_conditional_check_failed_exception)
    }

    /// Disables a tenant and keeps what is stored of it. `false`: there is none, or it belongs to another owner.
    pub async fn disable(&self, id: &TenantId, owner: &str) -> Result<bool, StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(id)))
            .update_expression("SET disabled = :true, disabled_at = if_not_exists(disabled_at, :now)")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":now", instant(Utc::now()))
            .send()
            .await;
        held(outcome, UpdateItemError::is_conditional_check_failed_exception)
    }

    /// Marks a disabled tenant as being erased: from then on no stack can take it over, until nothing is left of it.
    pub async fn begin_erasing(&self, id: &TenantId) -> Result<Erasing, StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(id)))
            .update_expression("SET erasing = :true")
            .condition_expression("disabled = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(Erasing::Begun),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                    let is_there = met.item().is_some_and(|item| item.contains_key("v"));
                    Ok(if is_there { Erasing::Enabled } else { Erasing::Gone })
                }
                _ => Err(failed(error)),
            },
        }
    }

    /// Removes a disabled tenant's configuration. `false`: the tenant is enabled. One that is gone is removed: a delete
    /// that is repeated after its answer was lost meets what it did itself.
    pub async fn remove(&self, id: &TenantId) -> Result<bool, StoreError> {
        let outcome = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(key(id)))
            .condition_expression("attribute_not_exists(pk) OR disabled = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .send()
            .await;
        held(outcome, DeleteItemError::is_conditional_check_failed_exception)
    }

    /// Makes a host a tenant's own. Fails with the tenant that has it already.
    pub async fn take_host(&self, host: &str, id: &TenantId) -> Result<Result<(), String>, StoreError> {
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(host_key(host)))
            .item("v", number(VERSION))
            .item("tenant", text(id.as_str()))
            .condition_expression("attribute_not_exists(pk) OR tenant = :tenant")
            .expression_attribute_values(":tenant", text(id.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(Ok(())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(met)) => {
                    let owner = met.item().and_then(|item| Reader(item).optional_text("tenant").map(str::to_owned));
                    Ok(Err(owner.unwrap_or_default()))
                }
                _ => Err(failed(error)),
            },
        }
    }

    /// Gives a host back, if it is this tenant's.
    pub async fn leave_host(&self, host: &str, id: &TenantId) -> Result<(), StoreError> {
        let outcome = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(host_key(host)))
            .condition_expression("tenant = :tenant")
            .expression_attribute_values(":tenant", text(id.as_str()))
            .send()
            .await;
        held(outcome, DeleteItemError::is_conditional_check_failed_exception).map(drop)
    }
}

pub(super) fn is_disabled(item: &crate::store::item::Item) -> bool {
    item.get("disabled").and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
}
