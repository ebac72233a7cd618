#!/usr/bin/env bash
# Installs what is missing, obtains the servers, builds, runs the tests.
#
#   tests/run.sh [--label L]… [--filter PATTERN] [--sanitize address|thread | --debug] [--no-install]
#
#   --label L       only tests with this label; may be given more than once; default: unit, fuzz and integration, not long
#   --filter P      only GoogleTest cases that match P (GTEST_FILTER)
#   --sanitize S    clang, in a build of its own: address (with undefined, and with libFuzzer: each fuzz target runs
#                   FUZZ_SECONDS, default 5) in build-asan, thread in build-tsan. Reports of sanitizers in programs that the
#                   tests start are in BUILD/reports; any report is a failure.
#   --debug         without optimization, in build-debug
#   --no-install    do not look at packages
#
# Before the last line it prints the time of each part (tests/parts.sh). The last line is `N passed, N failed, N skipped`,
# counted in cases. Exit status: 0 if none failed; with CI=true a skipped case counts as failed.
set -euo pipefail
cd "$(dirname "$0")/.."

labels=() filter='' kind='' install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --label) labels+=("$2"); shift 2 ;;
    --filter) filter=$2; shift 2 ;;
    --sanitize) kind=$2; shift 2 ;;
    --debug) kind=debug; shift ;;
    --no-install) install=no; shift ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

[ ${#labels[@]} -gt 0 ] || labels=(unit fuzz integration)
wanted() { [[ " ${labels[*]} " == *" $1 "* ]]; }

. tests/parts.sh
named() { echo "$1${kind:+ ($kind)}"; }

# The same cache serves checkouts in other folders.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

build=build options=(-DJETKEEP_TESTS=ON)
light=(-DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1 -g1" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++)
integration=ON
wanted integration || wanted long || integration=OFF
options+=("-DJETKEEP_INTEGRATION=$integration")
case $kind in
  '') options+=(-DJETKEEP_SANITIZE= -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG") ;;
  address) build="build-asan"; options+=("-DJETKEEP_SANITIZE=address,undefined" -DJETKEEP_FUZZ=ON
    "-DJETKEEP_FUZZ_SECONDS=${FUZZ_SECONDS:-5}" "${light[@]}") ;;
  debug) build="build-debug"; options+=(-DJETKEEP_SANITIZE= -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -g1") ;;
  thread) build="build-tsan"; options+=(-DJETKEEP_SANITIZE=thread "${light[@]}") ;;
  *) echo "run.sh: --sanitize address or thread, not '$kind'" >&2; exit 2 ;;
esac

# Prints the closing line even if no test ran.
stop() { parts_end; echo "run.sh: $*" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

if [ "$install" = yes ]; then
  part packages
  deploy/install-packages.sh run build test ${kind:+check} || stop "packages are missing"
fi
. tests/servers-dir.sh
part servers
tests/get-servers.sh || stop "the servers are missing"

mkdir -p "$build"
quietly() {  # quietly WHAT COMMAND…: its output only if it fails
  local what=$1; shift
  part "$(named "$what")"
  if ! "$@" > "$build/$what.log" 2>&1; then
    grep -E -A12 'error|FAILED|Error' "$build/$what.log" | head -80 || true
    tail -5 "$build/$what.log"
    stop "$what failed: $build/$what.log"
  fi
}
generator=()
[ -f "$build/CMakeCache.txt" ] || generator=(-G Ninja)
quietly configure cmake -S . -B "$build" "${generator[@]}" "${options[@]}"
quietly build cmake --build "$build" --parallel "$(nproc)"

[ -z "$filter" ] || export GTEST_FILTER=$filter
results=$PWD/$build/results
rm -rf "$results"; mkdir -p "$results"
export GTEST_OUTPUT=xml:$results/ GTEST_COLOR=no
export JETKEEP_BINARY=${JETKEEP_BINARY:-$PWD/$build/jetkeep}
reports=$PWD/$build/reports
rm -rf "$reports"; mkdir -p "$reports"
export ASAN_OPTIONS=detect_leaks=1:log_path=$reports/address
export LSAN_OPTIONS=suppressions=$PWD/tests/support/leak.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:log_path=$reports/undefined
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/support/thread.supp:log_path=$reports/thread

# Programs that failed run once more with the machine to themselves; what passes then is unsteady (tests/README.md).
again=$PWD/$build/again
rm -rf "$again"; mkdir -p "$again"

# run_label LABEL N: the tests of one label, N programs at once.
run_label() {
  local label=$1 at_once=$2
  wanted "$label" || return 0
  part "$(named "$label")"
  rm -f "$build/Testing/Temporary/LastTestsFailed.log"
  (cd "$build" && ctest -L "^$label\$" --parallel "$at_once" --timeout 900 --no-tests=error \
    --output-junit "$results/$label.junit") > "$build/ctest-$label.log" 2>&1 || true
  [ -e "$results/$label.junit" ] || : > "$results/$label.junit"  # counted as a failure
  # A long test does not get a second run: one failure counts.
  if [ "$label" != long ] && [ -s "$build/Testing/Temporary/LastTestsFailed.log" ]; then
    part "$(named "$label, again")"
    (cd "$build" && GTEST_OUTPUT=xml:$again/ ctest --rerun-failed --timeout 900 --output-junit "$again/$label.junit") \
      > "$build/ctest-again.log" 2>&1 || true
  fi
}
run_label unit "$(nproc)"
run_label fuzz "$(nproc)"
# Most of these programs wait for servers most of the time: alone they take 1,600 s in all (COST in tests/CMakeLists.txt), and
# 510 s of processor time. On two cores, two at once would take at least 800 s and four 400 s; six are bound by the
# processor, at 260 s, so more would gain nothing.
at_once=$((3 * $(nproc)))
[ -z "$kind${JETKEEP_SANITIZED:-}" ] || at_once=$((2 * $(nproc) + 1))
run_label integration "$at_once"
run_label long 1
parts_end
python3 tests/count_results.py "$results" "$reports" "$again"
