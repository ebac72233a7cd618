#!/usr/bin/env bash
# The long checks, beside the tests themselves, after a run of tests/run.sh:
#
#   format        clang-format
#   scripts       shellcheck
#   dockerfile    every file that the Dockerfile copies exists
#   run_packages  deploy/packages.txt lists every library that the program is linked with
#   manifests     the chart, the manifests, the unit, the grants and the example configuration (tests/manifests.py)
#   metrics       /metrics, its document, alert rules and dashboard agree, and Prometheus and Pushgateway take them (tests/metrics.py)
#   cli_docs      the manual page and the completions (tests/cli_docs.py)
#   documents     the commands of README and the other documents (tests/documents.py)
#   figures       the README's figures are those of the harness (tests/bench/table.py)
#   quickstart    deploy/quickstart.sh, in the existing build
#   address       unit tests and libFuzzer targets under ASan and UBSan, then the program built so under the integration tests
#   thread        the same under TSan
#   debug         unit tests without optimization
#   living        the living test, for JETKEEP_LIVE_SECONDS (180), over all servers
#   static        clang-tidy over the program
#   bench         the benchmark harness in its short form, to show that it works
#
#   tests/checks.sh [CHECK]…      default: all
#
# Logs are in build/ci. The last line is the sum, `N passed, N failed, N skipped`; a check that is not a run of tests counts
# as one case.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
export CI=${CI:-true}
. tests/servers-dir.sh
logs=$PWD/build/ci
. tests/counting.sh

# tests WHAT ARGUMENTS…: a run of tests/run.sh
tests() {
  local what=$1; shift
  counted "$what" tests/run.sh --no-install "$@"
}

format() {
  find include protocol service tests deploy \( -name '*.cc' -o -name '*.h' \) -print0 |
    xargs -0 clang-format --dry-run -Werror
}

scripts() {
  shellcheck -x -P SCRIPTDIR/..:SCRIPTDIR .ci/run tests/*.sh tests/bench/*.sh tests/support/*.sh deploy/*.sh deploy/helm/*.sh \
    deploy/examples/*.sh deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm
}

# Every file that the Dockerfile copies exists, and .dockerignore does not exclude it.
dockerfile() {
  local source seen=0 status=0
  while read -r source; do
    seen=$((seen + 1))
    [ -n "$(git ls-files "$source")" ] || { echo "the Dockerfile copies $source, which is not there"; status=1; }
    grep -qxF "!${source%%/*}" .dockerignore || { echo ".dockerignore keeps $source out"; status=1; }
  done < <(awk '/^COPY [^-]/ { for (i = 2; i < NF; i++) print $i }' Dockerfile)
  [ "$seen" -gt 0 ] && return "$status"
}

# The section [run] of deploy/packages.txt holds every package of ours that the program is linked with.
run_packages() {
  local library place package status=0 listed
  listed=$(awk '/^\[/ { take = $0 == "[run]" } take' deploy/packages.txt)
  for library in $(readelf -d build/jetkeep | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p'); do
    place=$(realpath "$(ldd build/jetkeep | awk -v name="$library" '$1 == name { print $3 }')")
    package=$(dpkg -S "*${place#/usr}" | head -1 | cut -d: -f1)
    case $package in libc6 | libgcc-s1 | libstdc++6) continue ;; esac
    grep -qxF "$package" <<< "$listed" || { echo "$library is of the package $package, which is not listed"; status=1; }
  done
  return "$status"
}

manifests() { tests/manifests.py; }
metrics() { tests/metrics.py; }
quickstart() { deploy/quickstart.sh; }
figures() { tests/bench/table.py --check; }

# sanitized WHAT: the unit tests and the program are built with the sanitizer; the integration tests are not. One version of
# the server is enough, because tests/run.sh covers the differences between versions; cases that differ from others only in
# the amount of data are left out. Without file descriptors the undefined-behaviour sanitizer cannot inspect memory and
# gives false alarms; a library that shifts the clock cannot be preloaded under them.
sanitized() {
  tests "$1" --sanitize "$1" --label unit --label fuzz
  local build="build-asan"
  [ "$1" = address ] || build="build-tsan"
  JETKEEP_SANITIZED=1 JETKEEP_BINARY=$PWD/$build/jetkeep tests "$1_program" --label integration \
    --filter "${SANITIZED_CASES:-*v2_15:-*WithoutFileDescriptors*:*AWrongClock*:*Million*:*OneMebibyte*}"
}

# Every source of the program; a warning is an error (.clang-tidy). The folder is only configured, not built, and without
# precompiled headers, so that each source shows what it includes. It runs beside the other checks, with low priority: their
# tests mostly wait for servers.
static_checks() {
  cmake -S . -B build-tidy -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DJETKEEP_PCH=OFF -DJETKEEP_TESTS=OFF -DCMAKE_EXPORT_COMPILE_COMMANDS=ON &&
    nice -n 19 tests/tidy.py build-tidy
}

wait_for_static() {
  local status=0
  wait "$static_checks_pid" || status=$?
  cat "$logs/static.txt"
  return "$status"
}

bench() {
  tests/bench/run.sh --short --rounds 1 --servers 2.15 --kinds json,small,many,list
}

part packages
deploy/install-packages.sh bench check > "$logs/packages.log" 2>&1 || tail -20 "$logs/packages.log"
tests/get-tools.sh
part_close
[ $# -gt 0 ] || set -- format scripts dockerfile run_packages manifests metrics cli_docs figures documents quickstart address thread debug living static bench
if [[ " $* " == *' static '* ]]; then
  (part static; status=0; static_checks || status=$?; parts_end; exit $status) > "$logs/static.txt" 2>&1 &
  static_checks_pid=$!
fi
for what in "$@"; do
  case $what in
    format | scripts | dockerfile | run_packages | manifests | metrics | figures | quickstart | bench) check "$what" "$what" ;;
    address | thread) sanitized "$what" ;;
    documents) part documents; counted documents tests/documents.py; part_close ;;
    cli_docs) part cli_docs; counted cli_docs tests/cli_docs.py; part_close ;;
    debug) tests debug --debug --label unit ;;
    living) tests living --label long ;;
    static) check 'waiting for static' wait_for_static ;;
    *) echo "checks.sh: no check is called '$what'" >&2; exit 2 ;;
  esac
done

total
