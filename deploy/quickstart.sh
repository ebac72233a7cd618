#!/usr/bin/env bash
# From a bare Debian bookworm to a backup and a restore, in one command:
#
#   deploy/quickstart.sh
#
# Installs by apt what is missing, builds build/jetkeep, starts a nats-server with JetStream and `jetkeep serve` on free
# ports of the loopback, backs up a stream by a NATS request, deletes it, restores it by a NATS request, compares, and stops
# what it started. Nothing is left but build/ and the packages. Run again, it takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
fail() { echo "quickstart: $*" >&2; exit 1; }

work=''
started=()
finish() {
  local status=$? pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ -n "$work" ]; then
    if [ "$status" -ne 0 ]; then
      for log in "$work"/*.log; do
        [ ! -s "$log" ] || { echo "--- end of ${log##*/}" >&2; tail -20 "$log" >&2; }
      done
    fi
    rm -rf "$work"
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say "1. Packages and build"
deploy/install-packages.sh run try build
mkdir -p build
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
if [ ! -f build/CMakeCache.txt ]; then
  cmake -S . -B build -G Ninja -DJETKEEP_TESTS=OFF -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG" \
    > build/quickstart.log 2>&1 ||
    { tail -20 build/quickstart.log >&2; fail "cmake failed"; }
fi
began=$SECONDS
[ -x build/jetkeep ] || echo "  building build/jetkeep (minutes the first time, seconds after)"
cmake --build build --parallel "$(nproc)" --target jetkeep jetkeep_quickstart_demo > build/quickstart.log 2>&1 ||
  { grep -A8 -E 'error|FAILED' build/quickstart.log | head -40 >&2; fail "the build failed: build/quickstart.log"; }
demo=$(find build -name jetkeep_quickstart_demo -type f -perm -u+x | head -1)
echo "  build/jetkeep is there ($((SECONDS - began)) s)"

say "2. A NATS server with JetStream, and Jetkeep beside it"
work=$(mktemp -d "${TMPDIR:-/tmp}/jetkeep-quickstart.XXXXXX")
server=$(command -v nats-server || echo /usr/sbin/nats-server)
# Port -1 lets the server take a free one; it writes the one it took into ports_file_dir.
"$server" -a 127.0.0.1 -p -1 -js -sd "$work/jetstream" --ports_file_dir "$work" > "$work/nats-server.log" 2>&1 &
started+=($!)
url=''
for _ in $(seq 100); do
  url=$(grep -ohE 'nats://127\.0\.0\.1:[0-9]+' "$work"/*.ports 2>/dev/null | head -1 || true)
  [ -z "$url" ] || break
  kill -0 "${started[0]}" 2>/dev/null || fail "nats-server did not start"
  sleep 0.1
done
[ -n "$url" ] || fail "nats-server did not start"
echo "  nats-server $("$server" --version | awk '{ print $NF }') at $url"

build/jetkeep serve --server "$url" --repository "$work/repository" > "$work/jetkeep.log" 2>&1 &
started+=($!)
echo "  jetkeep serve --server $url --repository $work/repository"

say "3. The main job"
"$demo" "$url"

say "4. The same backup, read from the repository without any server"
build/jetkeep list --repository "$work/repository"

say "It works. What to try next"
cat <<'NEXT'
  build/jetkeep serve --server nats://127.0.0.1:4222 --repository /var/tmp/backups &      beside a server of yours
  build/jetkeep backup STREAM      back up one of its streams, with a progress bar
  build/jetkeep list               show all backups
  build/jetkeep verify --drill     restore each backup into a scratch stream, and compare
  build/jetkeep restore STREAM     bring a stream back, after it was deleted

Any NATS client can ask for the same. With the `nats` command line, which is not installed here:
  nats request backup.request '{"stream":"STREAM","job":"nightly-1","wait":true}' --timeout 1h

README.md and protocol/SUBJECTS.md describe the rest.
NEXT
