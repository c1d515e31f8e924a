//! Functions under observation: each with the environment that `template.yaml` gives it, and with proxies of its own before
//! DynamoDB and Secrets Manager.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use convene_local::{Options, default_template, template::Template};
use convene_tests::{Answer, Operator, Product, Traffic, events};
use serde_json::{Value, json};

use crate::compare::Used;

/// A product whose functions are watched.
pub struct Watched {
    /// What the functions talk to.
    pub product: Product,
    functions: BTreeMap<String, Function>,
}

struct Function {
    operator: Operator,
    dynamodb: Traffic,
    secrets: Traffic,
}

/// The functions that some scene invoked.
static INVOKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The names of all functions that were invoked so far, in any scene.
pub fn invoked() -> BTreeSet<String> {
    INVOKED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Watched {
    /// A product with these options.
    pub async fn start(options: Options) -> Self {
        let product = Product::start_with(options).await;
        let template = Template::load(&default_template()).expect("template.yaml");
        let all: BTreeSet<_> = template.functions.iter().flat_map(|function| function.environment.keys()).collect();
        let mut functions = BTreeMap::new();
        for function in &template.functions {
            let dynamodb = Traffic::start(&product.ready().dynamodb, product.http().clone()).await;
            let secrets = Traffic::start(&product.ready().secretsmanager, product.http().clone()).await;
            let mut operator = Operator::of(&product)
                .with("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.url())
                .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url())
                // What was open a moment ago is settled now.
                .with("DOUBT_WINDOW_SECONDS", "0");
            for variable in all.iter().filter(|name| !function.environment.contains_key(**name)) {
                operator = operator.with(variable, "");
            }
            functions.insert(function.binary.clone(), Function { operator, dynamodb, secrets });
        }
        Self { product, functions }
    }

    /// A function, to be invoked. It starts anew for each event.
    pub fn operator(&self, binary: &str) -> &Operator {
        INVOKED.lock().unwrap_or_else(PoisonError::into_inner).insert(binary.to_owned());
        &self.functions[binary].operator
    }

    /// What a function behind a route answers.
    pub async fn call(&self, binary: &str, event: &Value) -> Answer {
        self.operator(binary).call(binary, event).await
    }

    /// The answer to a call of the meeting endpoints with this access token.
    pub async fn meeting(&self, binary: &str, token: &str, request: &Value) -> Answer {
        self.call(binary, &events::meeting(binary, token, request)).await
    }

    /// The same for a function that finds no Microsoft token, and so has to get one.
    pub async fn meeting_anew(&self, binary: &str, token: &str, request: &Value) -> Answer {
        self.forget_token().await;
        self.meeting(binary, token, request).await
    }

    /// Makes contoso a tenant for which no Microsoft token was stored yet.
    pub async fn forget_token(&self) {
        self.product.put_secret("contoso", "token", &json!({})).await;
    }

    /// An access token of contoso's client.
    pub async fn token(&self) -> String {
        let tenant = self.product.tenant("contoso");
        let answer = self.call("issue-token", &events::token(&tenant.client_id, &tenant.client_secret)).await;
        answer.expect_ok()["access_token"].as_str().expect("a token").to_owned()
    }

    /// An item of a table, past the functions.
    pub async fn put_item(&self, table: &str, item: &Value) {
        let request = json!({"TableName": table, "Item": item});
        self.product.aws("dynamodb", "DynamoDB_20120810.PutItem", &request).await;
    }

    /// Everything that the functions did.
    pub fn used(&self) -> BTreeSet<Used> {
        let mut used = BTreeSet::new();
        for (binary, function) in &self.functions {
            used.extend(done(binary, &function.dynamodb, &function.secrets));
        }
        used
    }
}

/// What a function did, by what its proxies saw.
pub fn done(binary: &str, dynamodb: &Traffic, secrets: &Traffic) -> BTreeSet<Used> {
    let mut used = BTreeSet::new();
    let requests = dynamodb.take_whole().into_iter();
    for (operation, body) in requests.flat_map(|(operation, body)| parts(operation, body)) {
        for (table, key) in touched(&body) {
            let (function, action) = (binary.to_owned(), format!("dynamodb:{operation}"));
            used.insert(Used { function, action, on: table, keys: pattern_of_key(&key) });
        }
    }
    for (operation, body) in secrets.take_whole() {
        let on = format!("secret {}", kind_of_secret(body["SecretId"].as_str().expect("a secret")));
        let (function, action) = (binary.to_owned(), format!("secretsmanager:{operation}"));
        used.insert(Used { function, action, on, keys: String::new() });
    }
    used
}

/// The operations of a transaction, each of which needs a permission of its own. Any other request is one operation.
fn parts(operation: String, body: Value) -> Vec<(String, Value)> {
    let Some(items) = body["TransactItems"].as_array() else { return vec![(operation, body)] };
    // Such as `Put`, for which the permission is `PutItem`.
    let items = items.iter().flat_map(|item| item.as_object().expect("an operation"));
    items.map(|(name, body)| (format!("{name}Item"), body.clone())).collect()
}

/// The tables of a request and its keys in them.
fn touched(body: &Value) -> Vec<(String, String)> {
    let key = |item: &Value| item["pk"]["S"].as_str().unwrap_or_default().to_owned();
    if let Some(tables) = body["RequestItems"].as_object() {
        let items = tables.iter().flat_map(|(table, of_table)| {
            // Reads of a batch are an object with keys, writes are a list.
            let reads = of_table["Keys"].as_array().into_iter().flatten();
            let writes = of_table.as_array().into_iter().flatten().map(|write| &write["DeleteRequest"]["Key"]);
            reads.chain(writes).map(move |item| (table.clone(), key(item)))
        });
        return items.collect();
    }
    let table = body["TableName"].as_str().expect("a table").to_owned();
    // A query's values name the key only where its condition does.
    let queried = &body["ExpressionAttributeValues"][":pk"]["S"];
    if body["KeyConditionExpression"].as_str().is_some_and(|condition| condition.starts_with("pk = :pk")) {
        return vec![(table, queried.as_str().expect("a key").to_owned())];
    }
    let item = if body["Item"].is_object() { &body["Item"] } else { &body["Key"] };
    vec![(table, key(item))]
}

/// The pattern of all keys of the same kind: `*#lease#*` of `contoso#lease#keys`, `*#sessions` of `contoso#sessions`, `@host#*` of
/// `@host#book.contoso.com`, `@health` of itself. A pattern is its own.
pub fn pattern_of_key(key: &str) -> String {
    let mut parts = key.split('#');
    let first = parts.next().unwrap_or_default();
    let kind = if first.starts_with('@') { Some(first) } else { parts.next() };
    let (Some(kind), more) = (kind, parts.next().is_some()) else { return String::new() };
    let start = if first.starts_with('@') { "" } else { "*#" };
    let end = if more { "#*" } else { "" };
    format!("{start}{kind}{end}")
}

/// `keys` of `convene/contoso/keys`, and of its ARN.
fn kind_of_secret(id: &str) -> &str {
    let last = id.rsplit('/').next().unwrap_or_default();
    if id.starts_with("arn:") { last.rsplit_once('-').map_or(last, |(kind, _)| kind) } else { last }
}
