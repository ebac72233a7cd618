// SPDX-License-Identifier: Apache-2.0
// Asks Jetkeep for a backup of a stream, shows the job's events, and ends with 0 if the backup is complete: node backup.js STREAM
// Needs the package nats.
const { connect, JSONCodec, nuid } = require("nats");

async function backUp(stream) {
  const connection = await connect({ servers: process.env.NATS_URL || "nats://127.0.0.1:4222" });
  const json = JSONCodec();
  // With an id of one's own the events can be subscribed to before the request is sent, so that none is missed. The same id twice
  // begins one job: after a timeout the request may be sent again.
  const job = `example-${nuid.next()}`;
  const events = connection.subscribe(`backup.*.${stream}.${job}`);
  try {
    const reply = await connection.request("backup.request", json.encode({ stream, job }), { timeout: 10000 });
    const answer = json.decode(reply.data);
    if (answer.error) {
      console.error(answer.error.description, answer.error.hint || "");
      return 1;
    }
    for await (const message of events) {
      const event = json.decode(message.data);
      const kind = message.subject.split(".").at(-3);
      if (kind === "progress") console.log(`${Math.round(event.percent || 0)} %`);
      if (kind === "completed") {
        console.log(`complete: backup ${event.result.id}, ${event.result.messages} messages`);
        return 0;
      }
      if (kind === "failed" || kind === "cancelled") {
        console.error(`${kind}: ${event.error ? event.error.description : ""}`);
        return 1;
      }
    }
  } finally {
    await connection.close();
  }
}

backUp(process.argv[2]).then((status) => process.exit(status), (error) => {
  console.error(String(error));
  process.exit(1);
});
