// What the tenant's own systems do beside the booking page: configurations and bookings by API key, and the organizer's Outlook.

import assert from "node:assert/strict";

const { API, API_KEY, GRANT_ID, ORGANIZER, GRAPH, GRAPH_TOKEN } = process.env;
// Minutes, until the beginning of a day: past the weeks in which `cargo local` fills the calendars, and before the end of the next
// month. The first day that has times has all of them.
const NOTICE = Math.floor((new Date().setHours(24 * 22, 0, 0, 0) - Date.now()) / 60_000);

/** Any request to the API. Gives the data of its answer. */
export async function api(method, path, body) {
  const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
  const answer = await fetch(`${API}/v3/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const reply = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(reply));
  return reply.data;
}

export const participant = (email, isOrganizer) => ({
  name: email.split("@")[0],
  email,
  is_organizer: isOrganizer,
  availability: { calendar_ids: ["primary"] },
  booking: { calendar_id: "primary" },
});

export async function configure(changes = {}) {
  const hours = [{ days: [0, 1, 2, 3, 4, 5, 6], start: "9:00", end: "18:00", timezone: "Europe/Berlin" }];
  const { availability_rules: rules, scheduler, ...rest } = changes;
  return api("POST", `grants/${GRANT_ID}/scheduling/configurations`, {
    participants: [participant(ORGANIZER, true)],
    availability: { duration_minutes: 30, availability_rules: { default_open_hours: hours, ...rules } },
    event_booking: { title: "Consultation", timezone: "Europe/Berlin" },
    scheduler: { min_booking_notice: NOTICE, available_days_in_future: 90, ...scheduler },
    ...rest,
  });
}

export const booking = (configuration, id) => api("GET", `scheduling/bookings/${id}?configuration_id=${configuration}`);

/** Books the time that a guest on the page chooses first, for another guest. */
export async function takeFirstTime(configuration, changes = {}) {
  const now = new Date();
  const month = (count) => new Date(now.getFullYear(), now.getMonth() + count, 1).getTime() / 1000;
  const query = `configuration_id=${configuration}&start_time=${month(1)}&end_time=${month(2)}`;
  const { time_slots: [{ start_time, end_time }] } = await api("GET", `scheduling/availability?${query}`);
  const guest = { name: "Rival", email: "rival@example.com" };
  return api("POST", `scheduling/bookings?configuration_id=${configuration}`, { start_time, end_time, guest, ...changes });
}

/** The organizer's events with this title in Outlook. */
export async function events(title) {
  const headers = { authorization: `Bearer ${GRAPH_TOKEN}`, prefer: 'IdType="ImmutableId"' };
  const answer = await fetch(`${GRAPH}/v1.0/users/${ORGANIZER}/events?$top=900`, { headers });
  assert.equal(answer.status, 200);
  return (await answer.json()).value.filter(({ subject }) => subject === title);
}

/** The only one. */
export async function event(title) {
  const found = await events(title);
  assert.equal(found.length, 1, title);
  return found[0];
}

/** The reference in the event's link to reschedule, cancel or confirm. */
export const link = (found, kind) => new RegExp(`/${kind}/([\\w-]+)`).exec(found.body.content)[1];

export const startOf = ({ start }) => Date.parse(`${start.dateTime}Z`);
