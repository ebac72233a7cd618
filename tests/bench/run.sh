#!/usr/bin/env bash
# Builds and measures Jetkeep beside the limit and beside the nats CLI.
#
#   tests/bench/run.sh [--short] [--kinds json,small,…] [--servers 2.10,2.15] [--rounds N] [--runs N] [--keep] [--work DIR]
#
#   --short     tiny sizes: shows that the harness works, no figure of it means anything
#   --kinds     json small noise kv json-100MB json-5GB small-10M many list; default: all
#   --rounds N  of each measurement in one run; their median counts (5)
#   --runs N    of everything; the range of their medians is the result (1; for publishing 3 or more)
#   --keep      results of other kinds and servers stay in results.json, so that it can be measured in parts
#   --work DIR  where servers and repositories are put; default: the directory for temporary files
#
# Writes results.json and results.svg into build/bench (JETKEEP_BENCH_OUT names another folder). tests/bench/table.py
# publishes them: into this folder, and as the README's table.
# NATS_CLI names the nats CLI (0.5.1 or newer); otherwise that of tests/get-servers.sh is taken, or the one in the path.
# Without one the comparisons with it are left out. JETKEEP_BINARY and JETKEEP_BENCH_PEER name programs
# that are built already, JETKEEP_SERVERS a folder of servers (tests/get-servers.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${JETKEEP_BENCH_OUT:-$PWD/build/bench}
mkdir -p "$out"

if [ -z "${JETKEEP_BINARY:-}" ] || [ -z "${JETKEEP_BENCH_PEER:-}" ]; then
  deploy/install-packages.sh run build bench
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  options=(-DJETKEEP_BENCH=ON)
  # A build that is there (deploy/quickstart.sh, tests/run.sh) has the same options.
  [ -f build/CMakeCache.txt ] || options+=(-G Ninja -DJETKEEP_TESTS=OFF -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG")
  cmake -S . -B build "${options[@]}" > "$out/configure.log"
  cmake --build build --parallel "$(nproc)" --target jetkeep bench_peer > "$out/build.log" ||
    { tail -40 "$out/build.log" >&2; exit 1; }
  JETKEEP_BINARY=$PWD/build/jetkeep
  JETKEEP_BENCH_PEER=$PWD/build/tests/bench/bench_peer
fi
. tests/servers-dir.sh
tests/get-servers.sh
cli=${NATS_CLI:-}
[ -n "$cli" ] || [ ! -x "$JETKEEP_SERVERS/nats-0.5.1/nats" ] || cli=$JETKEEP_SERVERS/nats-0.5.1/nats
[ -n "$cli" ] || cli=$(command -v nats || true)

exec python3 tests/bench/run.py --jetkeep "$JETKEEP_BINARY" --peer "$JETKEEP_BENCH_PEER" --server-folder "$JETKEEP_SERVERS" \
  ${cli:+--cli "$cli"} --out "$out" "$@"
