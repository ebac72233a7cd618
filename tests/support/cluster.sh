#!/usr/bin/env bash
# A cluster of three servers for tests/documents.py, in the folder `cluster` of the working directory, on the ports 4222 to 4224:
#
#   tests/support/cluster.sh start [ACCOUNT]    with empty stores; whatever server of this test runs is ended before
#   tests/support/cluster.sh lose N             server N is killed, and its disk is gone
#   tests/support/cluster.sh run N              server N is started again, with what is in its store
#   tests/support/cluster.sh stop               all servers end
#
# A user `admin` is in the system account, and the context `system` of the nats command line logs in as that user.
set -euo pipefail

# A process that has ended counts as ended before somebody waits for it.
running() { [ -e "$1" ] && grep -Eq '^State:[[:space:]]+[^ZX[:space:]]' "/proc/$(cat "$1")/status" 2> /dev/null; }

# end FILE SIGNAL: the server whose id is in the file.
end() {
  running "$1" || return 0
  kill "-$2" "$(cat "$1")"
  for _ in $(seq 300); do running "$1" || break; sleep 0.1; done
  rm -f "$1"
}

wait_for() { for _ in $(seq 300); do "$@" > /dev/null 2>&1 && return; sleep 0.2; done; cat cluster/n*/log >&2; return 1; }

run() {
  nohup nats-server -c "cluster/n$1/server.conf" -P "$PWD/cluster/n$1.pid" > "cluster/n$1/log" 2>&1 < /dev/null &
}

stop() {
  local file
  for file in server.pid cluster/*.pid; do end "$file" INT; done
}

start() {
  local n account=${1:-APP}
  stop
  rm -rf cluster
  for n in 1 2 3; do
    mkdir -p "cluster/n$n"
    cat > "cluster/n$n/server.conf" <<CONF
server_name: n$n
listen: "127.0.0.1:$((4221 + n))"
jetstream { store_dir: "$PWD/cluster/n$n/store" }
cluster { name: test, listen: "127.0.0.1:$((5221 + n))", routes: ["nats://127.0.0.1:5222", "nats://127.0.0.1:5223", "nats://127.0.0.1:5224"] }
accounts {
  SYSTEM { users: [ { user: admin, password: admin } ] }
  $account { jetstream: enabled, users: [ { user: app, password: app } ] }
}
system_account: SYSTEM
no_auth_user: app
CONF
    run "$n"
  done
  nats context add system --server nats://127.0.0.1:4222 --user admin --password admin > /dev/null 2>&1 || true
  # JetStream has a leader once a stream of three replicas can be made.
  wait_for nats stream add cluster_is_there --subjects cluster.is.there --replicas 3 --defaults
  nats stream rm cluster_is_there --force > /dev/null
}

case ${1:-} in
  start) "$@" ;;
  run) run "$2"; wait_for nats --server "nats://127.0.0.1:$((4221 + $2))" account info ;;
  stop) stop ;;
  lose) end "cluster/n$2.pid" KILL; rm -rf "cluster/n$2/store" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
