# shellcheck shell=bash
# Sourced: runs and checks of a script, counted in cases; their output is in $logs.
#
#   counted WHAT COMMAND…   a run that says `N passed, N failed, N skipped` itself; if it does not, one case failed
#   check WHAT COMMAND…     one case: the command ends well
#   total                   prints the sum as the closing line; its status: something passed and nothing failed, nor, with
#                           CI=true, was skipped
. tests/parts.sh
passed=0 failed=0 skipped=0
mkdir -p "${logs:?}"

counted() {
  local what=$1 line p f s; shift
  echo "== $what"
  "$@" 2>&1 | tee "$logs/$what.log"
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$logs/$what.log" | tail -1)
  read -r p _ f _ s _ <<< "${line:-0 passed, 1 failed, 0 skipped}"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

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

total() {
  parts_end
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && { [ "$skipped" -eq 0 ] || [ "${CI:-}" != true ]; }
}
