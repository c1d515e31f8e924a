//! A running product, and processes of it that are only the Graph client.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::Utc;
use convene::{
    CallContext,
    calendar::{Calendar, CalendarError, Detail, Event, Reply, Request, WrittenEvent, graph::GraphCalendar},
    call::Deadline,
    domain::{BusyEntry, EmailAddress, EventChange, EventId, Tenant, TenantId, TimeSpan, parse_utc},
    services::{Services, Settings},
};
use convene_local::{Options, TenantSeed};
use convene_tests::{Product, Simulator};
use serde_json::{Value, json};

/// What an availability call answers.
pub type Entries = Result<Vec<BusyEntry>, CalendarError>;

/// A product with one tenant, contoso.
pub struct Stage {
    pub product: Product,
    pub simulator: Simulator,
}

impl Stage {
    /// The tenant acts for itself.
    pub async fn start() -> Self {
        Self::with(TenantSeed::new("contoso", 25).expect("a tenant")).await
    }

    /// The tenant acts on behalf of its organizer.
    pub async fn start_delegated() -> Self {
        let mut seed = TenantSeed::new("contoso", 2).expect("a tenant");
        seed.delegated = Some("organizer@contoso.com".to_owned());
        Self::with(seed).await
    }

    async fn with(seed: TenantSeed) -> Self {
        let product = Product::start_with(Options { tenants: vec![seed], ..Options::default() }).await;
        let simulator = product.simulator();
        Self { product, simulator }
    }

    /// A process that has nothing in memory yet.
    pub async fn process(&self) -> Process {
        self.process_with(&[]).await
    }

    /// A process with other variables.
    pub async fn process_with(&self, changes: &[(&str, String)]) -> Process {
        self.process_of(changes, |_| {}).await
    }

    /// A process that knows of no member of the tenant: whom to ask is to be found out.
    pub async fn process_without_members(&self) -> Process {
        self.process_of(&[], |tenant| tenant.members.clear()).await
    }

    /// A process with other variables, for a tenant that is configured otherwise.
    pub async fn process_of(&self, changes: &[(&str, String)], configure: impl FnOnce(&mut Tenant)) -> Process {
        let mut environment: BTreeMap<_, _> = self.product.environment().clone();
        environment.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("the environment");
        let services = Services::new(settings);
        let id = TenantId::new("contoso").expect("an id");
        let mut tenant = services.tenants.get(&id).await.expect("a store").expect("the tenant");
        configure(Arc::make_mut(&mut tenant));
        let graph = Arc::new(services.graph_calendar(&tenant));
        Process { calendar: graph.clone(), graph }
    }

    /// So many more mailboxes.
    pub async fn people(&self, count: usize) -> Vec<String> {
        let names: Vec<_> = (0..count).map(|n| format!("person{n}")).collect();
        for name in &names {
            self.simulator.add_mailbox("contoso.com", &format!("{name}@contoso.com")).await;
        }
        names
    }

    /// How many requests were in flight at once at most, and how many were one too many.
    pub async fn in_flight(&self) -> (u64, u64) {
        let apps = self.simulator.control(reqwest::Method::GET, "/concurrency/apps", None).await;
        let count = |name: &str| apps[0][name].as_u64().expect("a count");
        (count("in_flight_peak"), count("refused"))
    }

    /// How many requests Graph got since the journal was cleared; a batch counts as one.
    pub async fn round_trips(&self) -> usize {
        self.simulator.requests().await.iter().filter(|request| request["batch"] == false).count()
    }

    /// How often Microsoft was asked for a token since the journal was cleared.
    pub async fn exchanges(&self) -> usize {
        let journal = self.simulator.control(reqwest::Method::GET, "/requests", None).await;
        let entries = journal.as_array().expect("a journal").iter();
        entries.filter(|entry| entry["operation"] == "token").count()
    }

    /// The name of one of the tenant's secrets.
    pub fn secret(&self, kind: &str) -> String {
        format!("{}contoso/{kind}", self.product.environment()["SECRET_PREFIX"])
    }

    /// What is stored of the Microsoft token.
    pub async fn stored(&self) -> Value {
        let request = json!({"SecretId": self.secret("token")});
        let answer = self.product.aws("secretsmanager", "secretsmanager.GetSecretValue", &request).await;
        serde_json::from_str(answer["SecretString"].as_str().expect("text")).expect("JSON")
    }

    /// Stores a Microsoft token as another process would.
    pub async fn store(&self, token: &Value) {
        self.put_secret("token", &token.to_string()).await;
    }

    /// Stores what one of the tenant's secrets holds.
    pub async fn put_secret(&self, kind: &str, content: &str) {
        let request = json!({"SecretId": self.secret(kind), "SecretString": content});
        self.product.aws("secretsmanager", "secretsmanager.PutSecretValue", &request).await;
    }

    /// Has the token endpoint refuse what it is asked, so often; 0 is until faults are cleared.
    pub async fn refuse_tokens(&self, times: u32, error: &str, number: u32) {
        let status = if error == "invalid_client" { 401 } else { 400 };
        let effect = json!({"status": status, "code": error, "message": format!("AADSTS{number}: Told to nobody.")});
        self.simulator.fault(json!({"match": {"operation": "token"}, "times": times, "effect": effect})).await;
    }
}

/// The Graph client of one process.
pub struct Process {
    pub calendar: Arc<dyn Calendar>,
    /// The same, with what the port does not have.
    pub graph: Arc<GraphCalendar>,
}

impl Process {
    async fn single(&self, request: Request) -> Result<Reply, CalendarError> {
        self.calendar.execute(&call(25), vec![request]).await.pop().expect("a reply")
    }

    /// Reads all of an event.
    pub async fn read(&self, mailbox: &EmailAddress, event: &EventId) -> Result<Event, CalendarError> {
        self.read_by(&call(25), mailbox, event).await
    }

    /// Reads all of an event, as part of a call.
    pub async fn read_by(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        event: &EventId,
    ) -> Result<Event, CalendarError> {
        let request = Request::Read { mailbox: mailbox.clone(), event: event.clone(), detail: Detail::Full };
        match self.calendar.execute(call, vec![request]).await.pop().expect("a reply")? {
            Reply::Event(event) => Ok(*event),
            other => panic!("not an event: {other:?}"),
        }
    }

    /// Changes an event, and keeps its join block.
    pub async fn change(
        &self,
        mailbox: &EmailAddress,
        event: &EventId,
        change: &EventChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (mailbox, event, change) = (mailbox.clone(), event.clone(), change.clone());
        match self.single(Request::Change { mailbox, event, change, keep_join_block: true }).await? {
            Reply::Written(written) => Ok(written),
            other => panic!("not written: {other:?}"),
        }
    }

    /// Deletes an event.
    pub async fn delete(&self, mailbox: &EmailAddress, event: &EventId) -> Result<(), CalendarError> {
        self.single(Request::Delete { mailbox: mailbox.clone(), event: event.clone(), comment: None }).await.map(drop)
    }

    /// Asks for free/busy of some of contoso's mailboxes over a year, which is six pieces.
    pub async fn free_busy_of_a_year(&self, names: &[String]) -> Vec<Entries> {
        let mailboxes: Vec<_> = names.iter().map(|name| mailbox(name)).collect();
        self.calendar.free_busy(&call(25), &mailboxes, span("2027-01-01T00:00:00Z", "2028-01-02T00:00:00Z")).await
    }

    /// Asks for free/busy of some of contoso's mailboxes.
    pub async fn free_busy(&self, names: &[&str]) -> Vec<Entries> {
        self.free_busy_by(&call(25), names).await
    }

    /// Asks for free/busy of some of contoso's mailboxes, as part of a request.
    pub async fn free_busy_by(&self, call: &CallContext, names: &[&str]) -> Vec<Entries> {
        let mailboxes: Vec<_> = names.iter().map(|name| mailbox(name)).collect();
        self.calendar.free_busy(call, &mailboxes, day()).await
    }
}

/// A request with a time budget of so many seconds.
pub fn call(seconds: u64) -> CallContext {
    CallContext::new(Deadline::after(Duration::from_secs(seconds), Utc::now()))
}

/// A mailbox of contoso.
pub fn mailbox(name: &str) -> EmailAddress {
    format!("{name}@contoso.com").parse().expect("an address")
}

/// The day that is asked about.
pub fn day() -> TimeSpan {
    span("2027-03-04T00:00:00Z", "2027-03-05T00:00:00Z")
}

/// A span of time.
pub fn span(start: &str, end: &str) -> TimeSpan {
    TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
}
