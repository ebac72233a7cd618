# SPDX-License-Identifier: Apache-2.0
"""Asks Jetkeep for a backup of a stream, shows the job's events, and ends with 0 if the backup is complete: backup.py STREAM

Needs the package nats-py.
"""
import asyncio
import json
import os
import sys
import uuid

import nats


async def back_up(stream):
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    # With an id of one's own the events can be subscribed to before the request is sent, so that none is missed. The same id twice
    # begins one job: after a timeout the request may be sent again.
    job = f"example-{uuid.uuid4().hex[:12]}"
    events = await connection.subscribe(f"backup.*.{stream}.{job}")
    message = await connection.request("backup.request", json.dumps({"stream": stream, "job": job}).encode(), timeout=10)
    answer = json.loads(message.data)
    if "error" in answer:
        print(answer["error"]["description"], answer["error"].get("hint", ""), file=sys.stderr)
        return 1
    async for message in events.messages:
        event = json.loads(message.data)
        kind = message.subject.split(".")[-3]
        if kind == "progress":
            print(f"{event.get('percent', 0):.0f} %")
        elif kind == "completed":
            print(f"complete: backup {event['result']['id']}, {event['result']['messages']} messages")
            return 0
        elif kind in ("failed", "cancelled"):
            print(f"{kind}: {event.get('error', {}).get('description', '')}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(back_up(sys.argv[1])))
