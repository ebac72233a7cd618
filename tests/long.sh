#!/usr/bin/env bash
# What takes too long for continuous integration, or is asked for by hand before a release:
#
#   odr         no two types of one qualified name (tests/odr.sh)
#   debug       unit tests without optimization
#   servers     the integration tests on those servers that they otherwise pass over
#   living      the living test for JETKEEP_LIVE_SECONDS, default an hour
#   packages    everything again on a machine's own packages: an empty folder of servers, and builds that no cache knows
#
#   tests/long.sh [PART]…      default: all but packages
#
# Logs are in build/long. The last line states the whole: `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.."
. tests/servers-dir.sh
logs=$PWD/build/long
mkdir -p "$logs"
. tests/parts.sh
passed=0 failed=0 skipped=0

# count WHAT COMMAND…: a run whose last line is such a line
count() {
  local what=$1 line p f s; shift
  echo "== $what"
  "$@" 2>&1 | tee "$logs/$what.log"
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$logs/$what.log" | tail -1)
  read -r p _ f _ s _ <<< "${line:-0 passed, 1 failed, 0 skipped}"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# What the command says is one case.
check() {
  local what=$1; shift
  part "$what"
  if "$@" > "$logs/$what.log" 2>&1; then
    passed=$((passed + 1)); echo "== $what: ok"
  else
    failed=$((failed + 1)); echo "== $what: FAILED"; tail -60 "$logs/$what.log"
  fi
  part_close
}

packages() {
  local fresh status=0
  fresh=$(mktemp -d)
  CCACHE_DISABLE=1 XDG_CACHE_HOME=$fresh JETKEEP_SERVERS= CI=true tests/run.sh || status=$?
  rm -rf "$fresh"
  return "$status"
}

[ $# -gt 0 ] || set -- odr debug servers living
for what in "$@"; do
  case $what in
    odr) check odr tests/odr.sh ;;
    debug) count debug tests/run.sh --no-install --debug --label unit ;;
    servers)
      JETKEEP_TEST_SERVERS=2.11,2.12,2.14,2.15.3 count servers tests/run.sh --no-install --label integration ;;
    living) JETKEEP_LIVE_SECONDS=${JETKEEP_LIVE_SECONDS:-3600} count living tests/run.sh --no-install --label long ;;
    packages) count packages packages ;;
    *) echo "long.sh: no part is called '$what'" >&2; exit 2 ;;
  esac
done

parts_end
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
