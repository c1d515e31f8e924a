// Books with the vendor's component as a guest does. Run by check_booking_page.py, with the settings in environment variables.

import assert from "node:assert/strict";
import { start } from "./page.mjs";
import { showErrors } from "./page_errors.mjs";
import { scene, status } from "./scene.mjs";
import { api, booking, configure, event, events, link, participant, startOf, takeFirstTime } from "./tenant.mjs";

const { CLIENT_ID, ORGANIZER, SECOND } = process.env;

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
  assert.deepEqual(await events(title), []);
}

/** The first host of the order is booked between the list and the request: the component asks for the next one. */
async function loseTheFirstHost(browser) {
  const people = [ORGANIZER, SECOND].sort();
  const { id } = await configure({
    participants: people.map((email) => participant(email, false)),
    availability_rules: { availability_method: "max-availability" },
  });
  const play = async (page) => {
    await page.choose();
    await page.see('input[name="name"]');
    const [first, second] = people;
    await takeFirstTime(id, { participants: [{ email: first }] });
    await page.submit("Joe");
    await page.see('[part~="nbec"]');
    const asked = page.changes.map(({ status, body }) => [status, body.participants[0].email]);
    assert.deepEqual(asked, [[400, first], [200, second]]);
  };
  await scene(browser, "lost-race-in-round-robin", { "configuration-id": id }, play, { named: [status(400)] });
}

async function bookPrivately(browser) {
  const { id } = await configure({ requires_session_auth: true });
  const { session_id: session } = await api("POST", "scheduling/sessions", { configuration_id: id, time_to_live: 10 });
  await scene(browser, "private", { "session-id": session }, async (page) => {
    await page.choose();
    await page.submit("Jane");
    await page.see('[part~="nbec"]');
    assert.deepEqual(page.answers(), [["POST", 200]]);
  });
}

async function bookBySlug(browser) {
  await configure({ slug: "meet-olivia", name: "Meet Olivia" });
  await scene(browser, "slug", { slug: "meet-olivia", "client-id": CLIENT_ID }, async (page) => {
    await page.shows(/Meet Olivia/);
    await page.choose();
    await page.submit("Jane");
    await page.see('[part~="nbec"]');
    assert.deepEqual(page.answers(), [["POST", 200]]);
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
    await page.clickAndWait('[part~="nmcc__reschedule-cta"]', "PUT");
  };
  const refused = async (page) => {
    await press(page);
    // The component has no place for errors on this page: it stays as it was.
    await page.see('[part~="nmcc__reschedule-cta"]');
    assert.deepEqual(page.answers(), [["PUT", 404]]);
  };
  const ofGuest = { "organizer-confirmation-booking-ref": pending.booking_ref };
  await scene(browser, "confirm-with-guests-reference", ofGuest, refused, { named: [status(404)] });
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
  for (const play of [bookRescheduleAndCancel, loseTheFirstHost, bookPrivately, bookBySlug, confirm, showErrors]) {
    await play(browser);
    count += 1;
  }
} finally {
  await browser.end();
}
console.log(`The booking page: ${count} groups of scenes work.`);
