#!/usr/bin/env bash
# The long checks, beside the tests themselves: the unit tests and a part of the integration tests under ASan, UBSan and TSan,
# short runs of every fuzz target, clang-tidy. Each counts as one case, so that the last line states the whole:
# `N passed, N failed, N skipped`. Takes about half an hour on two cores; needs what tests/run.sh has built.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=${CI:-true}
logs=$PWD/build/ci
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# Adds the counts of the closing line in a log.
count() {
  local line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$1" | tail -1)
  if [ -z "$line" ]; then failed=$((failed + 1)); return; fi
  read -r p _ f _ s _ <<< "$line"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# tests WHAT ARGUMENTS…: a run of tests/run.sh
tests() {
  local what=$1; shift
  echo "== $what"
  tests/run.sh "$@" 2>&1 | tee "$logs/$what.log"
  [ "${PIPESTATUS[0]}" -eq 0 ] || ! grep -qE ' 0 failed, 0 skipped$' "$logs/$what.log" || failed=$((failed + 1))
  count "$logs/$what.log"
}

# check WHAT COMMAND…: one case
check() {
  local what=$1 began=$SECONDS; shift
  if "$@" > "$logs/$what.log" 2>&1; then
    passed=$((passed + 1)); echo "== $what: ok ($((SECONDS - began)) s)"
  else
    failed=$((failed + 1)); echo "== $what: FAILED"; tail -60 "$logs/$what.log"
  fi
}

# Static checks of what reads foreign bytes and of what keeps the data, in the time that there is; what was checked is in the
# log. A warning is an error (.clang-tidy). Its compile commands are those of clang, without precompiled headers.
static_checks() {
  CC=clang CXX=clang++ cmake -S . -B build-tidy -G Ninja -DJETKEEP_PCH=OFF -DJETKEEP_TESTS=OFF || return 1
  local status=0
  find ${TIDY_SCOPE:-protocol service/engine service/repository service/store service/work} -name '*.cc' |
    timeout "${TIDY_SECONDS:-300}" xargs -t -P "$(nproc)" -n 1 clang-tidy -p build-tidy --quiet || status=$?
  [ "$status" -eq 124 ] && { echo "time is up: the rest was not checked"; return 0; }
  return "$status"
}

# The program, built with a sanitizer, under some of the tests beside real servers.
sanitized_program() {  # sanitized_program BUILD
  JETKEEP_BINARY=$PWD/$1/jetkeep JETKEEP_SERVERS=${JETKEEP_SERVERS:-$PWD/build/servers} \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/support/thread.supp \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    timeout 300 build/tests/integration/control_test --gtest_filter='*WaitAnswers*:*MessagePack*:*EveryMistake*'
}

# Each fuzz target for some seconds, from its corpus; new inputs go to the build folder only.
fuzz() {
  CC=clang CXX=clang++ cmake -S . -B build-fuzz -G Ninja -DJETKEEP_FUZZ=ON -DJETKEEP_TESTS=OFF \
    -DJETKEEP_SANITIZE=address,undefined || return 1
  local targets target
  targets=$(cd tests/fuzz && ls ./*.cc | sed 's|^\./||; s|\.cc$||' | grep -v '^replay_main$')
  # shellcheck disable=SC2086
  cmake --build build-fuzz --parallel "$(nproc)" --target $(sed 's/^/fuzz_/' <<< "$targets") || return 1
  for target in $targets; do
    mkdir -p "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target"
    echo "$target"
  done | xargs -P "$(nproc)" -I{} sh -c '
    build-fuzz/tests/fuzz/fuzz_{} -max_total_time='"${FUZZ_SECONDS:-10}"' -rss_limit_mb=2048 -timeout=10 \
      -artifact_prefix=build-fuzz/{}- build-fuzz/corpus/{} tests/fuzz/corpus/{} > build-fuzz/{}.log 2>&1 ||
      { tail -40 build-fuzz/{}.log; exit 1; }'
}

deploy/install-packages.sh check > "$logs/packages.log" 2>&1 || tail -20 "$logs/packages.log"
tests address --sanitize address --no-install --label unit --label fuzz
check address_program sanitized_program build-asan
tests thread --sanitize thread --no-install --label unit
check thread_program sanitized_program build-tsan
check fuzz fuzz
check static static_checks

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] && [ "$passed" -gt 0 ]
