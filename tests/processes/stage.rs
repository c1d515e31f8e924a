//! Where scenarios take place: a deployment, a process of each function for the calls that nothing disturbs, and a
//! neighbour who uses the same ids.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use convene_tests::{Answer, Bootstraps, Deployment, Outlook, PLENTY, events, samples};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls that are to die have little time, so only a few run at once.
static SHORT_LIVES: Semaphore = Semaphore::const_new(3);
/// How many processes for one call each run at once.
static PASSING: Semaphore = Semaphore::const_new(8);

/// How many processes of each function take the calls that nothing disturbs.
const PROCESSES: usize = 4;

/// The functions of the meeting endpoints.
const FUNCTIONS: [&str; 4] = ["schedule-meeting", "update-meeting", "delete-meeting", "get-meeting"];
const NEIGHBOUR: &str = "organizer@fabrikam.com";

/// A deployment in use.
pub struct Stage {
    /// The deployment.
    pub deployment: Deployment,
    /// Contoso's calendars.
    pub outlook: Outlook,
    processes: BTreeMap<&'static str, Bootstraps>,
    neighbours: Mutex<Vec<String>>,
}

impl Stage {
    /// A stage where, after an ambiguous answer, an event may appear for so long.
    pub async fn open(unsettled_for: Duration) -> Self {
        let deployment = Deployment::start(unsettled_for).await;
        let mut processes = BTreeMap::new();
        for function in FUNCTIONS {
            processes.insert(function, deployment.launch(function, PROCESSES).await);
        }
        let outlook = deployment.backends.outlook("contoso").await;
        Self { deployment, outlook, processes, neighbours: Mutex::default() }
    }

    /// A turn for a call that is to die.
    pub async fn turn_to_die() -> SemaphorePermit<'static> {
        SHORT_LIVES.acquire().await.expect("never closed")
    }

    /// A call in a process that may have served other calls.
    pub async fn call(&self, function: &'static str, request: &Value) -> Answer {
        self.call_within(PLENTY, function, request).await
    }

    /// Such a call, with so much time.
    pub async fn call_within(&self, time: Duration, function: &'static str, request: &Value) -> Answer {
        self.processes[function].call(&self.deployment.event(function, request), time).await
    }

    /// A call in a process of its own.
    pub async fn call_freshly(&self, function: &'static str, request: &Value) -> Answer {
        let _turn = PASSING.acquire().await.expect("never closed");
        self.deployment.call_once(function, request).await
    }

    /// The neighbour books a meeting under an id.
    pub async fn neighbour_schedules(&self, id: &str) {
        let attendees = json!([{"email": "attendee1@fabrikam.com", "isRequired": "true"}]);
        let changes = json!({"organizerEmail": NEIGHBOUR, "subject": id, "attendees": attendees});
        let event = events::meeting(
            "schedule-meeting",
            self.deployment.token("fabrikam"),
            &samples::meeting_with(id, &changes),
        );
        self.processes["schedule-meeting"].call(&event, PLENTY).await.expect(200, "NoError");
        self.neighbours.lock().expect("not poisoned").push(id.to_owned());
    }

    /// Whatever happened to contoso's meetings, the neighbour has each of its own, once.
    pub async fn neighbour_is_untouched(&self) {
        let outlook = self.deployment.backends.outlook("fabrikam").await;
        let mut expected = self.neighbours.lock().expect("not poisoned").clone();
        expected.sort();
        for mailbox in [NEIGHBOUR, "attendee1@fabrikam.com"] {
            let mut there = subjects(&outlook.events(mailbox).await);
            there.sort();
            assert_eq!(there, expected, "{mailbox}");
        }
    }
}

impl Stage {
    /// The subjects of the events in a mailbox of contoso.
    pub async fn subjects_at(&self, mailbox: &str) -> Vec<String> {
        let path = format!("/users/{mailbox}/events?$select=subject&$top=900");
        let answer = self.outlook.request(Method::GET, &path, None).await.expect_ok();
        subjects(answer["value"].as_array().expect("events"))
    }
}

/// The subjects of events.
pub fn subjects(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["subject"].as_str().expect("a subject").to_owned()).collect()
}
