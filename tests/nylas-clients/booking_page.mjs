// Books with the vendor's component as a guest does. Run by check_booking_page.py, with the settings in environment variables.

import assert from "node:assert/strict";
import { start } from "./page_host.mjs";

const { API, API_KEY, CLIENT_ID, GRANT_ID, ORGANIZER, SECOND, GRAPH, GRAPH_TOKEN } = process.env;
// The component's text for "The selected timeslot is unavailable".
const TAKEN = /That time was just booked/;
// Minutes: past the weeks in which `cargo local` fills the calendars, and before the end of the next month.
const NOTICE = 21 * 24 * 60;
const ERROR = ".notif.error";

/** Any request to the API, beside the page. */
async function api(method, path, body) {
  const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
  const answer = await fetch(`${API}/v3/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const reply = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(reply));
  return reply.data;
}

const participant = (email, isOrganizer) => ({
  name: email.split("@")[0],
  email,
  is_organizer: isOrganizer,
  availability: { calendar_ids: ["primary"] },
  booking: { calendar_id: "primary" },
});

async function configure(changes = {}) {
  const hours = [{ days: [0, 1, 2, 3, 4, 5, 6], start: "9:00", end: "12:00", timezone: "Europe/Berlin" }];
  const { availability_rules: rules, scheduler, ...rest } = changes;
  return api("POST", `grants/${GRANT_ID}/scheduling/configurations`, {
    participants: [participant(ORGANIZER, true)],
    availability: { duration_minutes: 30, availability_rules: { default_open_hours: hours, ...rules } },
    event_booking: { title: "Consultation", timezone: "Europe/Berlin" },
    scheduler: { min_booking_notice: NOTICE, available_days_in_future: 90, ...scheduler },
    ...rest,
  });
}

const booking = (configuration, id) => api("GET", `scheduling/bookings/${id}?configuration_id=${configuration}`);

/** The organizer's only event with this title in Outlook. */
async function event(title) {
  const headers = { authorization: `Bearer ${GRAPH_TOKEN}`, prefer: 'IdType="ImmutableId"' };
  const answer = await fetch(`${GRAPH}/v1.0/users/${ORGANIZER}/events?$top=900`, { headers });
  const found = (await answer.json()).value.filter(({ subject }) => subject === title);
  assert.equal(found.length, 1, title);
  return found[0];
}

/** The reference in the event's link to reschedule, cancel or confirm. */
const link = (found, kind) => new RegExp(`/${kind}/([\\w-]+)`).exec(found.body.content)[1];

const startOf = ({ start }) => Date.parse(`${start.dateTime}Z`);

/** Runs a scene on a page with these attributes. The page stays as it was at the end as a screenshot. */
async function scene(browser, name, attributes, act) {
  const page = await browser.open(attributes);
  try {
    await act(page);
    assert.deepEqual(page.faults, [], name);
  } catch (error) {
    error.message = `${name}: ${error.message}\n${JSON.stringify({ changes: page.changes, faults: page.faults })}`;
    throw error;
  } finally {
    await page.screenshot(name);
    await page.close();
  }
}

async function bookRescheduleAndCancel(browser) {
  const urls = { rescheduling_url: "https://book.example.com/move/:booking_ref", cancellation_url: "https://book.example.com/cancel/:booking_ref" };
  const title = "A guest's life";
  const { id } = await configure({ event_booking: { title, timezone: "Europe/Berlin" }, scheduler: urls });
  await scene(browser, "book", { "configuration-id": id }, async (page) => {
    await page.choose();
    await page.submit("Jane");
    await page.see('[part~="nbec"]');
    assert.deepEqual(page.answers(), [["POST", 200]]);
    assert.deepEqual(page.changes[0].body.guest, { name: "Jane", email: "jane@example.com" });
    assert.equal(page.changes[0].body.timezone, "Europe/Berlin");
  });
  const booked = await event(title);
  await scene(browser, "reschedule", { "reschedule-booking-ref": link(booked, "move") }, async (page) => {
    // Its own time is listed, too.
    await page.choose(2);
    await page.submit();
    await page.see('[part~="nbec"]');
    assert.deepEqual(page.answers(), [["PATCH", 200]]);
  });
  const moved = await event(title);
  assert.equal(moved.id, booked.id);
  assert.equal(startOf(moved) - startOf(booked), 3_600_000);
  assert.deepEqual(moved.attendees.map(({ emailAddress }) => emailAddress.address), ["jane@example.com"]);
  await scene(browser, "cancel", { "cancel-booking-ref": link(moved, "cancel") }, async (page) => {
    await page.cancel("I am ill");
    await page.see('[part~="ncec"]');
    assert.deepEqual(page.answers(), [["DELETE", 200]]);
  });
  await assert.rejects(event(title), /0 !== 1/);
}

/** The first host of the order is booked between the list and the request: the component asks for the next one. */
async function loseTheFirstHost(browser) {
  const people = [ORGANIZER, SECOND].sort();
  const { id } = await configure({
    participants: people.map((email) => participant(email, false)),
    availability_rules: { availability_method: "max-availability" },
  });
  await scene(browser, "lost-race-in-round-robin", { "configuration-id": id }, async (page) => {
    await page.choose();
    await page.see('input[name="name"]');
    const [first, second] = people;
    await takeFirstTime(id, { participants: [{ email: first }] });
    await page.submit("Joe");
    await page.see('[part~="nbec"]');
    const asked = page.changes.map(({ status, body }) => [status, body.participants[0].email]);
    assert.deepEqual(asked, [[400, first], [200, second]]);
  });
}

/** Books the time that `choose` takes, for another guest. */
async function takeFirstTime(configuration, changes = {}) {
  const now = new Date();
  const month = (count) => new Date(now.getFullYear(), now.getMonth() + count, 1).getTime() / 1000;
  const query = `configuration_id=${configuration}&start_time=${month(1)}&end_time=${month(2)}`;
  const { time_slots: [{ start_time, end_time }] } = await api("GET", `scheduling/availability?${query}`);
  const guest = { name: "Rival", email: "rival@example.com" };
  return api("POST", `scheduling/bookings?configuration_id=${configuration}`, { start_time, end_time, guest, ...changes });
}

/** Without another host, the guest sees that the time is taken. */
async function showErrors(browser) {
  const { id } = await configure();
  await scene(browser, "taken", { "configuration-id": id }, async (page) => {
    await page.choose();
    await page.see('input[name="name"]');
    await takeFirstTime(id);
    await page.submit("Joe");
    await page.shows(TAKEN);
    assert.deepEqual(page.changes.map(({ status }) => status), [400]);
  });
  const unknown = "00000000-0000-4000-8000-000000000000";
  await scene(browser, "unknown-configuration", { "configuration-id": unknown }, (page) => page.see(ERROR));
  const { id: strict } = await configure({ scheduler: { min_cancellation_notice: 500_000 } });
  const { booking_id: bookingId, booking_ref: reference } = await takeFirstTime(strict);
  await scene(browser, "cancel-too-late", { "cancel-booking-ref": reference }, async (page) => {
    await page.cancel("I am ill");
    await page.see(ERROR);
    assert.deepEqual(page.answers(), [["DELETE", 400]]);
  });
  assert.equal((await booking(strict, bookingId)).status, "booked");
}

async function bookPrivately(browser) {
  const { id } = await configure({ requires_session_auth: true });
  const { session_id: session } = await api("POST", "scheduling/sessions", { configuration_id: id, time_to_live: 10 });
  await scene(browser, "private", { "session-id": session }, async (page) => {
    await page.choose();
    await page.submit("Jane");
    await page.see('[part~="nbec"]');
  });
  await scene(browser, "private-without-session", { "configuration-id": id }, (page) => page.see(ERROR));
}

async function bookBySlug(browser) {
  await configure({ slug: "meet-olivia", name: "Meet Olivia" });
  await scene(browser, "slug", { slug: "meet-olivia", "client-id": CLIENT_ID }, async (page) => {
    await page.shows(/Meet Olivia/);
    await page.choose();
    await page.submit("Jane");
    await page.see('[part~="nbec"]');
  });
}

/** The organizer's link opens a page that confirms. The guest's reference does not. */
async function confirm(browser) {
  const title = "On request";
  const { id } = await configure({
    event_booking: { title, timezone: "Europe/Berlin", booking_type: "organizer-confirmation" },
    scheduler: { organizer_confirmation_url: "https://book.example.com/confirm/:booking_ref" },
  });
  const pending = await takeFirstTime(id);
  assert.equal(pending.status, "pending");
  const press = async (page) => {
    await page.settled();
    await page.click('[part~="nmcc__reschedule-cta"]');
  };
  await scene(browser, "confirm-with-guests-reference", { "organizer-confirmation-booking-ref": pending.booking_ref }, async (page) => {
    await press(page);
    // This page of the component has no place for errors.
    await page.settled();
    assert.deepEqual(page.answers(), [["PUT", 404]]);
  });
  assert.equal((await booking(id, pending.booking_id)).status, "pending");
  const reference = link(await event(title), "confirm");
  await scene(browser, "confirm", { "organizer-confirmation-booking-ref": reference }, async (page) => {
    await press(page);
    await page.see('[part~="ncec"]');
    assert.deepEqual(page.answers(), [["PUT", 200]]);
  });
  assert.equal((await booking(id, pending.booking_id)).status, "booked");
}

const browser = await start();
let count = 0;
try {
  for (const play of [bookRescheduleAndCancel, loseTheFirstHost, showErrors, bookPrivately, bookBySlug, confirm]) {
    await play(browser);
    count += 1;
  }
} finally {
  await browser.end();
}
console.log(`The booking page: ${count} groups of scenes work.`);
