#!/usr/bin/env bash
# Long tests, to run after tests/run.sh; a release passes all of them:
#
#   odr           no two types of one qualified name (tests/odr.sh: link-time optimization with -Wodr)
#   servers       the integration tests on the servers that tests/run.sh leaves out; servers=2.11 for one of them
#   load          the living test with the program under a sanitizer, each sanitizer for JETKEEP_LOAD_SECONDS (300);
#                 load=address or load=thread for one of them; needs the build of tests/checks.sh, or makes it
#   image         the image is built and used (tests/image.py)
#   package       the Debian package is built, installed, used and removed on a bare Debian (tests/package.py)
#   chart         helm is built, and renders the chart (tests/manifests.py --helm)
#   upgrade       a program of version 0.1, built from the history, beside this one (tests/upgrade.py)
#   nack          resources of NACK against its own schemas (tests/nack.py); NACK_CRDS names the file of them
#   living        the living test for JETKEEP_LIVE_SECONDS (3600), over all servers
#   fresh         tests/run.sh again, with an empty folder of servers and without the compiler cache
#
#   tests/long.sh [PART]…         default: all of them but fresh
#   tests/long.sh --of COMMIT     one of the parts that take only minutes, always the same one for a commit
#
# Logs are in build/long. The last line is the sum: `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/servers-dir.sh
logs=$PWD/build/long
. tests/counting.sh

all=(odr servers load image package chart upgrade nack living)
short=(odr servers=2.11 servers=2.12 servers=2.14 servers=2.15.3 load=address load=thread)

servers() {
  local version
  for version in "$@"; do
    JETKEEP_TEST_SERVERS=$version counted "servers=$version" tests/run.sh --no-install --label integration \
      --filter "*v${version//./_}"
  done
}

load() {
  local kind build
  for kind in "$@"; do
    build="build-tsan"
    [ "$kind" = thread ] || build="build-asan"
    if [ ! -x "$build/jetkeep" ]; then
      counted "build of $kind" tests/run.sh --no-install --sanitize "$kind" --label unit
    fi
    JETKEEP_SANITIZED=1 JETKEEP_BINARY=$PWD/$build/jetkeep JETKEEP_LIVE_SECONDS=${JETKEEP_LOAD_SECONDS:-300} \
      counted "load=$kind" tests/run.sh --no-install --label long
  done
}

fresh() {
  local folder status=0
  folder=$(mktemp -d)
  CCACHE_DISABLE=1 XDG_CACHE_HOME=$folder JETKEEP_SERVERS='' CI=true tests/run.sh || status=$?
  rm -rf "$folder"
  return "$status"
}

if [ "${1:-}" = --of ]; then
  chosen=$((0x$(sha256sum <<< "${2:?}" | cut -c1-8) % ${#short[@]}))
  set -- "${short[$chosen]}"
  JETKEEP_LOAD_SECONDS=${JETKEEP_LOAD_SECONDS:-120}
  echo "== of the long parts: $1"
fi
[ $# -gt 0 ] || set -- "${all[@]}"
for what in "$@"; do
  case $what in
    odr) check odr tests/odr.sh ;;
    servers) servers 2.11 2.12 2.14 2.15.3 ;;
    servers=*) servers "${what#*=}" ;;
    load) load address thread ;;
    load=*) load "${what#*=}" ;;
    image) check image tests/image.py ;;
    package) check package tests/package.py ;;
    chart) tests/get-tools.sh schemas helm; check chart tests/manifests.py --helm ;;
    upgrade) check upgrade tests/upgrade.py ;;
    nack) check nack tests/nack.py ${NACK_CRDS:+"$NACK_CRDS"} ;;
    living) JETKEEP_LIVE_SECONDS=${JETKEEP_LIVE_SECONDS:-3600} counted living tests/run.sh --no-install --label long ;;
    fresh) counted fresh fresh ;;
    *) echo "long.sh: no part is called '$what'" >&2; exit 2 ;;
  esac
done
total
