// Uses the API with the vendor's Node SDK. Run by check.py, with the settings in environment variables.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/package.json`);
const { default: Nylas, NylasApiError } = require("nylas");

const { API, API_KEY, CLIENT_ID, GRANT_ID, ORGANIZER, SECOND, GRAPH, GRAPH_TOKEN } = process.env;
const DAY = 86_400;
const HALF_HOUR = 1800;
const NO_SUCH_ID = "00000000-0000-4000-8000-000000000000";
const identifier = GRANT_ID;
const { configurations, sessions, availability, bookings } = new Nylas({ apiKey: API_KEY, apiUri: API }).scheduler;

/** Midnight UTC so many days from now: after the weeks in which `cargo local` fills the calendars. */
const midnight = (days) => (Math.floor(Date.now() / 1000 / DAY) + days) * DAY;

const configuration = (changes = {}) => ({
  participants: [
    {
      name: "Olivia",
      email: ORGANIZER,
      isOrganizer: true,
      availability: { calendarIds: ["primary"] },
      booking: { calendarId: "primary" },
    },
  ],
  availability: { durationMinutes: 30 },
  eventBooking: { title: "Consultation with ${invitee}", timezone: "UTC" },
  scheduler: { minBookingNotice: 0, availableDaysInFuture: 90 },
  ...changes,
});

async function create(changes) {
  const { data } = await configurations.create({ identifier, requestBody: configuration(changes) });
  return data;
}

const request = (startTime, guest) => ({
  startTime,
  endTime: startTime + HALF_HOUR,
  guest: { name: guest, email: `${guest.toLowerCase()}@example.com` },
});

/** Asserts an error of the API as the SDK reports it. */
const fails = (promise, statusCode, type, message = /./) =>
  assert.rejects(promise, (error) => {
    assert(error instanceof NylasApiError, error);
    assert.deepEqual([error.statusCode, error.type], [statusCode, type], error.message);
    assert.match(error.message, message);
    assert.match(error.requestId, /^\S+$/);
    return true;
  });

async function configurationsWork() {
  const slug = "node-sdk";
  const additionalFields = {
    phone_number: { label: "Phone", type: "phone_number", required: true, pattern: "^[+0-9 ]+$", order: 1 },
  };
  const scheduler = { ...configuration().scheduler, additionalFields };
  const created = await create({ slug, name: "Node", appearance: { color: "#123456" }, scheduler });
  const ofOne = { identifier, configurationId: created.id };
  assert.equal(created.slug, slug);
  assert.deepEqual(created.participants[0].availability.calendarIds, ["primary"]);
  const found = await configurations.find(ofOne);
  assert.deepEqual(found.data, created);
  assert.match(found.requestId, /^\S+$/);
  const requestBody = { availability: { durationMinutes: 45, intervalMinutes: 15 } };
  const updated = await configurations.update({ ...ofOne, requestBody });
  assert.deepEqual([updated.data.availability.durationMinutes, updated.data.slug], [45, slug]);
  assert.deepEqual(updated.data.eventBooking, created.eventBooking);
  await fails(create({ slug }), 400, "invalid_request_error", /slug/);
  await fails(create({ availability: { durationMinutes: 0 } }), 400, "invalid_request_error", /duration_minutes/);
  await configurations.destroy(ofOne);
  await fails(configurations.find(ofOne), 404, "not_found_error");
  await fails(configurations.destroy({ identifier, configurationId: "AAAA-BBBB-1111-2222" }), 404, "not_found_error");
}

/** More configurations than a page holds, which is 50. */
async function listsHavePages() {
  const created = [];
  for (let count = 0; count < 53; count += 1) created.push((await create()).id);
  const pages = [];
  for await (const page of configurations.list({ identifier })) pages.push(page.data.map(({ id }) => id));
  assert.deepEqual(pages.map((page) => page.length), [50, 3]);
  assert.deepEqual(pages.flat().sort(), created.sort());
  const byAddress = await configurations.list({ identifier: ORGANIZER });
  assert.deepEqual(byAddress.data.length, 50);
  for (const configurationId of created) await configurations.destroy({ identifier, configurationId });
  assert.deepEqual((await configurations.list({ identifier })).data, []);
}

async function sessionsWork() {
  const { id: configurationId } = await create({ requiresSessionAuth: true });
  const { data } = await sessions.create({ requestBody: { configurationId, timeToLive: 10 } });
  const overrides = { apiKey: data.sessionId };
  const [startTime, endTime] = [midnight(20), midnight(21)];
  const times = { startTime: `${startTime}`, endTime: `${endTime}` };
  const listed = await availability.get({ queryParams: times, overrides });
  assert.equal(listed.data.timeSlots.length, 48);
  const guest = { overrides: { skipAuth: true } };
  await fails(availability.get({ queryParams: { ...times, configurationId }, ...guest }), 401, "unauthorized");
  const booked = await bookings.create({ requestBody: request(startTime, "Session"), overrides });
  const bookingId = booked.data.bookingId;
  const found = await bookings.find({ bookingId, overrides });
  assert.equal(found.data.bookingId, bookingId);
  await bookings.destroy({ bookingId, requestBody: { cancellationReason: "A test" }, overrides });
  await fails(configurations.destroy({ identifier, configurationId }), 400, "invalid_request_error", /session/);
  await sessions.destroy({ sessionId: data.sessionId });
  await fails(availability.get({ queryParams: times, overrides }), 401, "unauthorized");
  await configurations.destroy({ identifier, configurationId });
  await fails(sessions.create({ requestBody: { configurationId, timeToLive: 31 } }), 400, "invalid_request_error");
}

async function bookingsWork() {
  const slug = "node-bookings";
  const additionalFields = { myField: { label: "Mine", type: "text", required: true } };
  const { id: configurationId } = await create({ slug, scheduler: { ...configuration().scheduler, additionalFields } });
  const day = midnight(22);
  const ofOne = { configurationId };
  const starts = async (queryParams) => {
    const times = { startTime: `${day}`, endTime: `${day + 2 * HALF_HOUR}` };
    const { data } = await availability.get({ queryParams: { ...times, ...queryParams } });
    assert.equal(data.order, undefined);
    for (const slot of data.timeSlots) assert.deepEqual(slot.emails, [ORGANIZER]);
    return data.timeSlots.map((slot) => slot.startTime);
  };
  assert.deepEqual(await starts(ofOne), [day, day + HALF_HOUR]);
  assert.deepEqual(await starts({ slug, clientId: CLIENT_ID }), [day, day + HALF_HOUR]);
  await fails(bookings.create({ requestBody: request(day, "Jane"), queryParams: ofOne }), 400, "invalid_request_error", /my_?field/i);

  const requestBody = { ...request(day, "Jane"), additionalFields: { myField: "yes" }, timezone: "Europe/Berlin" };
  const { data: booked, requestId } = await bookings.create({ requestBody, queryParams: ofOne });
  const bookingId = booked.bookingId;
  assert.match(requestId, /^\S+$/);
  assert.deepEqual([booked.status, booked.title], ["booked", "Consultation with Jane"]);
  assert.equal(booked.organizer.email, ORGANIZER);
  assert.deepEqual(await starts(ofOne), [day + HALF_HOUR]);
  assert.deepEqual(await starts({ ...ofOne, bookingId }), [day, day + HALF_HOUR]);
  const rival = { ...requestBody, guest: { name: "Joe", email: "joe@example.com" } };
  const taken = /^The selected timeslot is unavailable/;
  await fails(bookings.create({ requestBody: rival, queryParams: ofOne }), 400, "invalid_request_error", taken);

  const times = { startTime: day + HALF_HOUR, endTime: day + 2 * HALF_HOUR };
  const moved = await bookings.reschedule({ bookingId, requestBody: times, queryParams: ofOne });
  assert.deepEqual([moved.data.bookingId, moved.data.eventId], [bookingId, booked.eventId]);
  assert.deepEqual(await starts(ofOne), [day]);
  const found = await bookings.find({ bookingId, queryParams: ofOne });
  assert.deepEqual([found.data.status, found.data.title], ["booked", booked.title]);
  const cancellation = { bookingId, requestBody: { cancellationReason: "Ill" }, queryParams: ofOne };
  assert.match((await bookings.destroy(cancellation)).requestId, /^\S+$/);
  assert.deepEqual(await starts(ofOne), [day, day + HALF_HOUR]);
  await fails(bookings.find({ bookingId: NO_SUCH_ID, queryParams: ofOne }), 404, "not_found_error");
  await configurations.destroy({ identifier, configurationId });
}

/** The salt of the organizer's link, which only the event in the organizer's calendar has. */
async function organizersSalt(eventId) {
  const headers = { authorization: `Bearer ${GRAPH_TOKEN}`, prefer: 'IdType="ImmutableId"' };
  const answer = await fetch(`${GRAPH}/v1.0/users/${ORGANIZER}/events/${encodeURIComponent(eventId)}`, { headers });
  const { body } = await answer.json();
  const [, reference] = /\/confirm\/([\w-]+)/.exec(body.content);
  return Buffer.from(reference, "base64url").subarray(32).toString("base64url");
}

async function organizersDecide() {
  const { id: configurationId } = await create({
    eventBooking: { title: "On request", bookingType: "organizer-confirmation" },
    scheduler: { ...configuration().scheduler, organizerConfirmationUrl: "https://book.example.com/confirm/:booking_ref" },
  });
  const ofOne = { configurationId };
  const book = async (days, name) => {
    const { data } = await bookings.create({ requestBody: request(midnight(days), name), queryParams: ofOne });
    assert.equal(data.status, "pending");
    return [data.bookingId, await organizersSalt(data.eventId)];
  };
  const [bookingId, salt] = await book(24, "Jane");
  const decide = (bookingId, requestBody) => bookings.confirm({ bookingId, requestBody, queryParams: ofOne });
  await fails(decide(bookingId, { salt: "x", status: "confirmed" }), 404, "not_found_error");
  assert.equal((await decide(bookingId, { salt, status: "confirmed" })).data.status, "booked");
  const [other, otherSalt] = await book(25, "Joe");
  const rejection = { salt: otherSalt, status: "cancelled", cancellationReason: "Away" };
  assert.equal((await decide(other, rejection)).data.status, "cancelled");
  await bookings.destroy({ bookingId, queryParams: ofOne });
  await configurations.destroy({ identifier, configurationId });
}

/** The client takes the first of the order, and the next when that one has been booked meanwhile. */
async function roundRobinWorks() {
  const people = [ORGANIZER, SECOND].sort();
  const [{ isOrganizer: _, ...participant }] = configuration().participants;
  const { id: configurationId } = await create({
    participants: people.map((email) => ({ ...participant, email })),
    availability: { durationMinutes: 30, availabilityRules: { availabilityMethod: "max-availability" } },
  });
  const queryParams = { configurationId };
  const day = midnight(26);
  const times = { startTime: `${day}`, endTime: `${day + HALF_HOUR}` };
  const { data } = await availability.get({ queryParams: { ...times, ...queryParams } });
  assert.deepEqual(data.order, people);
  const book = (guest, email) =>
    bookings.create({ requestBody: { ...request(day, guest), participants: [{ email }] }, queryParams });
  const first = await book("Jane", people[0]);
  await fails(book("Joe", people[0]), 400, "invalid_request_error", /^The selected timeslot is unavailable/);
  const second = await book("Joe", people[1]);
  assert.deepEqual([first, second].map((booked) => booked.data.organizer.email), people);
  for (const { data } of [first, second]) await bookings.destroy({ bookingId: data.bookingId, queryParams });
  await configurations.destroy({ identifier, configurationId });
}

await configurationsWork();
await listsHavePages();
await sessionsWork();
await bookingsWork();
await organizersDecide();
await roundRobinWorks();
const stranger = new Nylas({ apiKey: "not-a-key", apiUri: API }).scheduler.configurations;
await fails(stranger.create({ identifier, requestBody: configuration() }), 401, "unauthorized");
console.log("The Node SDK: configurations, sessions, availability and bookings work.");
