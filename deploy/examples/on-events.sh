#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verifies each backup as soon as it is complete, and calls COMMAND (for example a pager's) with the event of each job that failed:
# on-events.sh COMMAND. Needs the nats command line. Ends when the connection does, so let a supervisor start it again.
set -eu
nats subscribe '*.failed.>' --raw | while read -r event; do
  printf '%s\n' "$event" | "$1"
done &
nats subscribe 'backup.completed.*.*' --raw | while read -r event; do
  backup=$(printf '%s' "$event" | sed -n 's/.*"backup":"\([^"]*\)".*/\1/p')
  [ -z "$backup" ] || nats request backup.verify "{\"backup\":\"$backup\"}" --raw
done
