#!/usr/bin/env bash
# No two types of one qualified name: the program, linked with all of its libraries as a whole, under link-time optimization
# with -Wodr. Builds in build-odr.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
flags="-O1 -flto=auto -fno-fat-lto-objects -Wodr -Werror=odr"
generator=()
[ -f build-odr/CMakeCache.txt ] || generator=(-G Ninja)
mkdir -p build-odr
cmake -S . -B build-odr "${generator[@]}" -DJETKEEP_TESTS=OFF -DJETKEEP_SANITIZE= -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_EXE_LINKER_FLAGS="-Wl,--whole-archive,--allow-multiple-definition" \
  -DCMAKE_CXX_STANDARD_LIBRARIES="-Wl,--no-whole-archive" > build-odr/configure.log
cmake --build build-odr --parallel "$(nproc)" --target jetkeep > build-odr/build.log 2>&1 ||
  { grep -E -A6 'odr|error' build-odr/build.log | head -60; exit 1; }
echo "odr: no type is defined twice"
