// The life of a meeting with the generated TypeScript client: `node meeting.js READY_FILE`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { clients, deleteMeeting, getMeeting, issueToken, scheduleMeeting, updateMeeting } from "./generated";

const ready = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const key = { id: "generated-typescript", organizerEmail: "organizer@contoso.com" };

async function token(): Promise<string> {
  const { client_id, client_secret } = ready.tenants.contoso;
  const answer = await issueToken({ body: { grant_type: "client_credentials", client_id, client_secret } });
  assert(answer.data, JSON.stringify(answer.error));
  assert.equal(answer.data.token_type, "Bearer");
  return answer.data.access_token;
}

async function schedule(): Promise<void> {
  const answer = await scheduleMeeting({
    body: {
      ...key,
      subject: "Generated",
      body: "Grüße",
      location: "Room 1",
      startTime: "2031-03-05T10:00:00Z",
      endTime: "2031-03-05T10:30:00Z",
      // Both forms of `isRequired`.
      attendees: [
        { email: "attendee1@contoso.com", isRequired: "true" },
        { email: "attendee2@contoso.com", isRequired: false },
      ],
      salesforceCorrelationId: "generated-typescript-1",
    },
  });
  assert(answer.data, JSON.stringify(answer.error));
  assert.equal(answer.data.errorCode, "NoError");
}

async function read() {
  const answer = await getMeeting({ query: key });
  assert(answer.data, JSON.stringify(answer.error));
  const { startTime, attendees } = answer.data;
  assert.equal(startTime, "2031-03-05T10:00:00Z");
  assert.deepEqual(
    attendees.map(({ email, isRequired, response }) => [email, isRequired, response]),
    [
      ["attendee1@contoso.com", "true", "NoResponseReceived"],
      ["attendee2@contoso.com", "false", "NoResponseReceived"],
    ],
  );
  return answer.data;
}

async function main(): Promise<void> {
  clients.forEach((client) => client.setConfig({ baseUrl: ready.api }));
  const auth = await token();
  clients.forEach((client) => client.setConfig({ auth }));

  await schedule();
  assert.equal((await read()).subject, "Generated");
  const changed = await updateMeeting({ body: { ...key, subject: "Changed", location: null } });
  assert.equal(changed.data?.errorCode, "NoError", JSON.stringify(changed.error));
  const { subject, body, location } = await read();
  assert.deepEqual([subject, body, location], ["Changed", "Grüße", "Room 1"]);
  const deleted = await deleteMeeting({ body: key });
  assert.equal(deleted.data?.errorCode, "NoError", JSON.stringify(deleted.error));
  const gone = await getMeeting({ query: key });
  assert.equal(gone.response?.status, 404);
  assert(gone.error && "errorCode" in gone.error && gone.error.errorCode === "MeetingNotFound");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
