//! What the product logs about a request, for tests to look at.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, Once},
};

use convene::CallContext;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static STARTED: Once = Once::new();

/// A line of the log.
#[derive(Debug, Clone)]
pub struct Line {
    pub level: Level,
    pub fields: BTreeMap<&'static str, String>,
}

/// Keeps what is logged in this process from now on.
pub fn keep() {
    STARTED.call_once(|| tracing_subscriber::registry().with(Keep).init());
}

/// The lines of a request that name an event.
pub fn events_of(call: &CallContext) -> Vec<Line> {
    let (lines, id) = (LINES.lock().expect("not poisoned"), call.correlation());
    let mine = |line: &&Line| line.fields.get("correlation_id") == Some(&id) && line.fields.contains_key("event");
    lines.iter().filter(mine).cloned().collect()
}

struct Keep;

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("convene") {
            let mut fields = Fields(BTreeMap::new());
            event.record(&mut fields);
            let line = Line { level: *event.metadata().level(), fields: fields.0 };
            LINES.lock().expect("not poisoned").push(line);
        }
    }
}

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
