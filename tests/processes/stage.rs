//! Where scenarios take place: a deployment, a process of each function for the calls that nothing disturbs, and a
//! neighbour who uses the same ids.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use convene_tests::{Answer, Bootstraps, Deployment, Outlook, PLENTY, events, lightning, samples};
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
const OF_MEETINGS: &[&str] = &["schedule-meeting", "update-meeting", "delete-meeting", "get-meeting"];
/// The functions of the Lightning Scheduler adapter's appointments.
const OF_APPOINTMENTS: &[&str] = &["create-appointments", "update-appointments", "delete-appointments"];
/// The neighbour's people.
const NEIGHBOURS: [&str; 2] = ["organizer@fabrikam.com", "attendee1@fabrikam.com"];

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
    /// A stage for meetings where, after an ambiguous answer, an event may appear for so long.
    pub async fn open(doubt_window: Duration) -> Self {
        Self::with(OF_MEETINGS, doubt_window).await
    }

    /// The same for appointments.
    pub async fn open_for_appointments(doubt_window: Duration) -> Self {
        Self::with(OF_APPOINTMENTS, doubt_window).await
    }

    async fn with(functions: &[&'static str], doubt_window: Duration) -> Self {
        let deployment = Deployment::start(doubt_window).await;
        let mut processes = BTreeMap::new();
        for function in functions {
            processes.insert(*function, deployment.launch(function, PROCESSES).await);
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
        let [organizer, attendee] = NEIGHBOURS;
        let attendees = json!([{"email": attendee, "isRequired": "true"}]);
        let changes = json!({"organizerEmail": organizer, "subject": id, "attendees": attendees});
        let answer = self.neighbour_calls("schedule-meeting", &samples::meeting_with(id, &changes)).await;
        answer.expect(200, "NoError");
        self.neighbours.lock().expect("not poisoned").push(id.to_owned());
    }

    /// The neighbour makes an appointment under an id.
    pub async fn neighbour_appoints(&self, id: &str) {
        let [organizer, attendee] = NEIGHBOURS;
        let mut appointment = lightning::appointment(id, &[attendee]);
        appointment["organizerEmail"] = json!(organizer);
        appointment["subject"] = json!(id);
        let rows = lightning::rows(&self.neighbour_calls("create-appointments", &appointment).await);
        assert!(rows.iter().all(|(_, code)| code == "NoError"), "{rows:?}");
        self.neighbours.lock().expect("not poisoned").push(id.to_owned());
    }

    async fn neighbour_calls(&self, function: &'static str, request: &Value) -> Answer {
        let event = events::meeting(function, self.deployment.token("fabrikam"), request);
        self.processes[function].call(&event, PLENTY).await
    }

    /// Whatever happened to what contoso has, the neighbour has each of its own, once.
    pub async fn neighbour_is_untouched(&self) {
        let outlook = self.deployment.backends.outlook("fabrikam").await;
        let mut expected = self.neighbours.lock().expect("not poisoned").clone();
        expected.sort();
        for mailbox in NEIGHBOURS {
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

/// How often a call is repeated that is told to come back. Each time it waits as long as it was told.
const MOST_REPEATS: usize = 8;

/// The answer that decides a call. `wait`: how long an answer that does not asks to wait before the call is made `again`.
pub async fn decided(
    mut answer: Answer,
    wait: impl Fn(&Answer) -> Option<Duration>,
    again: impl AsyncFn() -> Answer,
) -> Answer {
    for _ in 0..MOST_REPEATS {
        let Some(wait) = wait(&answer) else { return answer };
        tokio::time::sleep(wait).await;
        answer = again().await;
    }
    panic!("never decided: {answer:?}")
}
