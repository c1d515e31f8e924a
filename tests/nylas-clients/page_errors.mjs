// What a guest sees if a request fails.

import assert from "node:assert/strict";
import { scene, status } from "./scene.mjs";
import { api, booking, configure, takeFirstTime } from "./tenant.mjs";

const ERROR = ".notif.error";
// The component's text for "The selected timeslot is unavailable".
const TAKEN = /That time was just booked/;
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

/** Without another host, the guest sees that the time is taken, and can choose among those that are left. */
async function loseTheTime(browser) {
  const { id } = await configure();
  const play = async (page) => {
    await page.choose();
    await page.see('input[name="name"]');
    await takeFirstTime(id);
    await page.submit("Joe");
    await page.shows(TAKEN);
    // The component asks for the times of its first month then, whichever is shown.
    await page.settled();
    await page.clickAndWait('button[title="Next month"]', "GET");
    await page.clickAndWait('button[title="Previous month"]', "GET");
    await page.see('button[part~="ntp__timeslot"]');
    assert.deepEqual(page.answers(), [["POST", 400]]);
  };
  await scene(browser, "taken", { "configuration-id": id }, play, { named: [status(400)] });
}

/** The page cannot be opened. */
async function openNothing(browser) {
  const seesError = (page) => page.see(ERROR);
  await scene(browser, "unknown-configuration", { "configuration-id": UNKNOWN }, seesError, { named: [status(404)] });
  const { id } = await configure({ requires_session_auth: true });
  await scene(browser, "private-without-session", { "configuration-id": id }, seesError, { named: [status(401)] });
  // Cut off, as by a mail program.
  for (const kind of ["reschedule", "cancel"]) {
    await scene(browser, `${kind}-with-cut-reference`, { [`${kind}-booking-ref`]: "AZrV" }, seesError, { named: [status(400), status(404)] });
  }
}

/** The session ends while the guest fills in the form. */
async function outliveTheSession(browser) {
  const { id } = await configure({ requires_session_auth: true });
  const { session_id: session } = await api("POST", "scheduling/sessions", { configuration_id: id, time_to_live: 10 });
  const play = async (page) => {
    await page.choose();
    await page.see('input[name="name"]');
    await api("DELETE", `scheduling/sessions/${session}`);
    await page.submit("Jane");
    await page.see(ERROR);
    assert.deepEqual(page.answers(), [["POST", 401]]);
  };
  await scene(browser, "session-ended", { "session-id": session }, play, { named: [status(401)] });
}

/** The booking stays as it is, since it begins too soon. */
async function comeTooLate(browser) {
  const { id } = await configure({ scheduler: { min_cancellation_notice: 500_000 } });
  const { booking_id: bookingId, booking_ref: reference } = await takeFirstTime(id);
  const cancel = async (page) => {
    await page.cancel("I am ill");
    await page.see(ERROR);
    assert.deepEqual(page.answers(), [["DELETE", 400]]);
  };
  const reschedule = async (page) => {
    await page.choose(2);
    await page.submit();
    await page.see(ERROR);
    assert.deepEqual(page.answers(), [["PATCH", 400]]);
  };
  await scene(browser, "cancel-too-late", { "cancel-booking-ref": reference }, cancel, { named: [status(400)] });
  await scene(browser, "reschedule-too-late", { "reschedule-booking-ref": reference }, reschedule, { named: [status(400)] });
  assert.equal((await booking(id, bookingId)).status, "booked");
}

/** A page of an origin that was not allowed reads nothing. So the absence of CORS errors elsewhere says something. */
async function comeFromElsewhere(browser) {
  const { id } = await configure();
  const play = async (page) => {
    await page.settled();
    assert.match(page.errors.join("\n"), /from origin 'http:\/\/localhost:\d+' has been blocked by CORS policy/);
    assert.equal(await page.page.$('pierce/[part~="ndp__date--current-month"]:not([disabled])'), null);
  };
  await scene(browser, "another-origin", { "configuration-id": id }, play, { named: [/CORS|net::ERR_FAILED/], host: "localhost" });
}

export async function showErrors(browser) {
  for (const play of [loseTheTime, openNothing, outliveTheSession, comeTooLate, comeFromElsewhere]) await play(browser);
}
