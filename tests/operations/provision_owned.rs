//! Whose a tenant is: stacks that fail, go and come again never touch what another stack made.

use serde_json::{Value, json};

use crate::stack_of_tenant::{CloudFormation, TENANT};

const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/one";
const OTHER: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/two";

/// The one client of the tenant, and what a function that starts now answers it.
async fn status(cloud: &CloudFormation) -> u16 {
    let client: Value = cloud.credentials().await["clients"][0].clone();
    cloud.sign_in(&client).await.status
}

#[tokio::test]
async fn a_second_stack_fails_and_takes_nothing_with_it() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let stored = cloud.stored().await;
    let reply = cloud.ask("Create", OTHER, &properties).await;
    // Whose it is stands in the deployment's log, and not in the events of a stack that it does not belong to.
    assert_eq!(reply.failed(), "the tenant northwind belongs to another stack.");
    // CloudFormation takes back what failed, by the id it was told.
    let mut delete = cloud.event("Delete", OTHER, &properties);
    delete["PhysicalResourceId"] = reply.json["PhysicalResourceId"].clone();
    cloud.send(&delete).await.succeeded();
    assert_eq!(cloud.stored().await, stored);
    assert_eq!(status(&cloud).await, 200);
    assert_eq!(
        cloud.ask("Update", OTHER, &properties).await.failed(),
        "the tenant northwind belongs to another stack."
    );
}

#[tokio::test]
async fn a_deleted_stack_disables_its_tenant_and_keeps_its_data() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    properties.insert("Hosts".to_owned(), json!("book.northwind.com"));
    properties.insert("NylasClientId".to_owned(), json!("northwind-app"));
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let config = cloud.stored().await["config"].clone();
    let delete = cloud.event("Delete", STACK, &properties);
    for _ in 0..2 {
        cloud.send(&delete).await.succeeded();
        assert_eq!(status(&cloud).await, 401);
    }
    assert_eq!(cloud.stored().await["config"], config);
    // Its host and its application id are free.
    let scan = cloud.product.aws("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": "TenantsTable"})).await;
    let application = json!(format!("@application#nylas#{}", properties["NylasClientId"].as_str().expect("an id")));
    assert!(!scan.to_string().contains("@host#") && !scan.to_string().contains(&application.to_string()), "{scan}");

    // The next stack of that name takes it over, and the first one's late events change nothing.
    cloud.ask("Create", OTHER, &properties).await.succeeded();
    assert_eq!(status(&cloud).await, 200);
    cloud.send(&delete).await.succeeded();
    assert_eq!(status(&cloud).await, 200);
    let refused = cloud.ask("Update", STACK, &properties).await;
    assert_eq!(refused.failed(), "the tenant northwind belongs to another stack.");
}

#[tokio::test]
async fn deleting_what_is_not_there_is_a_success() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Delete", STACK, &properties).await.succeeded();
    for id in ["convene-tenant-(none)", "something-else", "convene-tenant-", "convene-tenant-contoso"] {
        let mut delete = cloud.event("Delete", STACK, &properties);
        delete["PhysicalResourceId"] = json!(id);
        let reply = cloud.send(&delete).await;
        reply.succeeded();
        assert_eq!(reply.json["PhysicalResourceId"], id);
    }
    // Contoso belongs to nobody's stack.
    cloud.product.contoso().await.get("m", "organizer@contoso.com").await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn a_host_belongs_to_one_tenant() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    let taken = json!({"pk": {"S": "@host#book.example.com"}, "v": {"N": "1"}, "tenant": {"S": "contoso"}});
    let put = json!({"TableName": "TenantsTable", "Item": taken});
    cloud.product.aws("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
    properties.insert("Hosts".to_owned(), json!("Book.Example.com,own.northwind.com"));
    let reply = cloud.ask("Create", STACK, &properties).await;
    assert_eq!(reply.failed(), "the host book.example.com belongs to another tenant.");
    assert_eq!(cloud.stored().await, Value::Null, "nothing is written before everything is checked");

    properties.insert("Hosts".to_owned(), json!("own.northwind.com,old.northwind.com"));
    cloud.ask("Create", STACK, &properties).await.succeeded();
    properties.insert("Hosts".to_owned(), json!("own.northwind.com"));
    cloud.ask("Update", STACK, &properties).await.succeeded();
    let scan = cloud.product.aws("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": "TenantsTable"})).await;
    let mut hosts: Vec<_> =
        scan["Items"].as_array().expect("items").iter().filter_map(|item| item["pk"]["S"].as_str()).collect();
    hosts.retain(|key| key.starts_with("@host#"));
    hosts.sort_unstable();
    assert_eq!(hosts, ["@host#book.example.com", "@host#own.northwind.com"]);
}

#[tokio::test]
async fn an_application_id_belongs_to_one_tenant() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    let taken = &cloud.product.tenant("contoso").nylas_client_id;
    properties.insert("NylasClientId".to_owned(), json!(taken));
    let reply = cloud.ask("Create", STACK, &properties).await;
    assert_eq!(reply.failed(), format!("the nylas application {taken} belongs to another tenant."));
    assert_eq!(cloud.stored().await, Value::Null, "nothing is written before everything is checked");

    properties.insert("NylasClientId".to_owned(), json!("old-app"));
    assert_eq!(cloud.ask("Create", STACK, &properties).await.succeeded()["NylasClientId"], "old-app");
    properties.insert("NylasClientId".to_owned(), json!("new-app"));
    assert_eq!(cloud.ask("Update", STACK, &properties).await.succeeded()["NylasClientId"], "new-app");
    let owner = async |id: &str| {
        let key = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": format!("@application#nylas#{id}")}}});
        cloud.product.aws("dynamodb", "DynamoDB_20120810.GetItem", &key).await["Item"]["tenant"]["S"].take()
    };
    assert_eq!((owner("new-app").await, owner("old-app").await), (json!(TENANT), Value::Null));
    assert_eq!(owner(taken).await, "contoso");
}

#[tokio::test]
async fn a_mistake_writes_nothing_and_is_told_in_full() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    properties.insert("Members".to_owned(), json!(r#"[{"Email": "a@northwind.com", "TimeZone": "Mars"}]"#));
    properties.insert("TentativeIsBusy".to_owned(), json!("perhaps"));
    properties.insert("Colour".to_owned(), json!("blue"));
    let reply = cloud.ask("Create", STACK, &properties).await;
    for told in [
        "Members[0].TimeZone must be an IANA time zone",
        "TentativeIsBusy must be true or false",
        "Colour is not known",
    ] {
        assert!(reply.failed().contains(told), "{}", reply.failed());
    }
    assert_eq!(cloud.stored().await, Value::Null);

    // Far more than an answer holds.
    let members: Vec<_> = (0..1000).map(|n| json!({"Email": format!("\u{1}\"person {n}")})).collect();
    properties.insert("Members".to_owned(), json!(members));
    let reply = cloud.ask("Create", STACK, &properties).await;
    assert!(reply.failed().contains("Members[0].Email must be a mail address"));
    // A resource without any name at all is answered, too, and so is its deletion.
    let reply = cloud.ask("Create", STACK, &serde_json::Map::new()).await;
    assert!(reply.failed().contains("TenantName is required"));
}

#[tokio::test]
async fn secrets_must_be_the_tenants_own_and_exist() {
    let cloud = CloudFormation::start().await;
    let good = cloud.properties().await;
    let arn = json!("arn:aws:secretsmanager:us-east-1:000000000000:secret:convene/contoso/keys-AbCdEf");
    let mut properties = good.clone();
    properties.insert("KeysSecretArn".to_owned(), arn);
    let reply = cloud.ask("Create", STACK, &properties).await;
    assert_eq!(reply.failed(), format!("KeysSecretArn is not the ARN of the secret convene/{TENANT}/keys."));

    let name = json!({"SecretId": format!("convene/{TENANT}/token"), "ForceDeleteWithoutRecovery": true});
    cloud.product.aws("secretsmanager", "secretsmanager.DeleteSecret", &name).await;
    let reply = cloud.ask("Create", STACK, &good).await;
    assert_eq!(reply.failed(), format!("the secret convene/{TENANT}/token does not exist."));
    assert_eq!(cloud.stored().await, Value::Null);
}

#[tokio::test]
async fn a_tenant_that_is_taken_back_before_it_was_answered_for_is_disabled() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    // CloudFormation knows no id then but one that it made up itself.
    let mut delete = cloud.event("Delete", OTHER, &properties);
    delete["PhysicalResourceId"] = json!("convene-northwind-Tenant-1ABCDEFGHIJKL");
    cloud.send(&delete).await.succeeded();
    assert_eq!(status(&cloud).await, 200);
    delete["StackId"] = json!(STACK);
    cloud.send(&delete).await.succeeded();
    assert_eq!(status(&cloud).await, 401);
    // The next attempt, as another stack, is not kept out.
    cloud.ask("Create", OTHER, &properties).await.succeeded();
    assert_eq!(status(&cloud).await, 200);
}

#[tokio::test]
async fn a_tenant_that_is_being_erased_is_not_taken_over() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    cloud.ask("Delete", STACK, &properties).await.succeeded();
    let mark = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": format!("{TENANT}#config")}},
        "UpdateExpression": "SET erasing = :true", "ExpressionAttributeValues": {":true": {"BOOL": true}}});
    cloud.product.aws("dynamodb", "DynamoDB_20120810.UpdateItem", &mark).await;
    for stack in [STACK, OTHER] {
        assert!(cloud.ask("Create", stack, &properties).await.failed().contains("is being erased"));
    }
    assert_eq!(status(&cloud).await, 401);
}
