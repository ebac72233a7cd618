#!/usr/bin/env bash
# Builds the Debian package, on the Debian release that it is for.
#
#   deploy/build-package.sh [DIRECTORY]     where the package goes; default: build/package
#
# Installs by apt what is missing. The last line is the package's path.
set -euo pipefail
cd "$(dirname "$0")/.."
deploy/install-packages.sh run build package
mkdir -p "${1:-build/package}"
target=$(cd "${1:-build/package}" && pwd)
build=$PWD/build/package/build
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
mkdir -p "$build"
log=$build/package.log
{
  cmake -S . -B "$build" -G Ninja -DJETKEEP_TESTS=OFF -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG" &&
    cmake --build "$build" --parallel "$(nproc)" && cd "$build" && rm -f jetkeep_*.deb && cpack -G DEB
} > "$log" 2>&1 || { tail -30 "$log" >&2; exit 1; }
package=$(cd "$build" && ls jetkeep_*.deb)
mv "$build/$package" "$target/"
echo "$target/$package"
