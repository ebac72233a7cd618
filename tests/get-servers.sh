#!/usr/bin/env bash
# Obtains the nats-server binaries that tests run against, from the Debian packages of bookworm (2.9), trixie (2.10) and
# sid (2.15 or later), without touching this machine's own apt state.
#
#   tests/get-servers.sh [DIR]        default: build/servers below the project
#
# Result: DIR/<full version>/nats-server, and DIR/2.9, DIR/2.10, DIR/2.15 as links to those folders. A folder that is
# complete is left as it is, so that a second run ends at once and needs no network.
set -euo pipefail
export LC_ALL=C

fail() { echo "get-servers: $*" >&2; exit 1; }

project=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$project/build/servers}
mkdir -p "$target"
target=$(cd "$target" && pwd)

works() { [ -x "$target/$1/nats-server" ] && "$target/$1/nats-server" --version >/dev/null 2>&1; }
if works 2.9 && works 2.10 && works 2.15; then exit 0; fi

for tool in apt-get dpkg-deb awk; do
  command -v "$tool" >/dev/null || fail "$tool is missing: this script needs a Debian system"
done

# The mirror is the one this machine's apt is configured with (both file formats are understood by apt itself).
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
  awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || fail "apt's configuration names no repository for '$codename main'; is this a Debian system?"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/jetkeep-servers.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

# download SUITE: unpacks the suite's nats-server below $scratch/SUITE with a private apt state.
download() {
  local suite=$1 state=$scratch/$1/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$scratch/$suite/package"
  : > "$state/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" > "$state/sources.list"
  local apt=(apt-get -q
    -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status"
    -o "Dir::Cache=$state/cache" -o APT::Sandbox::User= -o Acquire::Languages=none
    -o Acquire::Retries=3)
  "${apt[@]}" update > "$state/log" 2>&1 || { cat "$state/log" >&2; fail "apt cannot read $suite"; }
  (cd "$scratch/$suite" && "${apt[@]}" download nats-server) > "$state/log" 2>&1 ||
    { cat "$state/log" >&2; fail "apt cannot download nats-server of $suite"; }
  dpkg-deb -x "$scratch/$suite"/nats-server_*.deb "$scratch/$suite/package"
}

# obtain SERIES SUITE: fills $target/<version> and links $target/SERIES to it.
obtain() {
  local series=$1 suite=$2 binary version
  works "$series" && return
  echo "get-servers: nats-server $series from Debian $suite"
  download "$suite"
  binary=$(find "$scratch/$suite/package" -type f -name nats-server -perm -u+x | head -1)
  [ -n "$binary" ] || fail "the package of $suite holds no nats-server"
  version=$("$binary" --version | awk '{ sub(/^v/, "", $NF); print $NF }')
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || fail "unexpected version '$version' of nats-server in $suite"
  mkdir -p "$target/$version"
  install -m 755 "$binary" "$target/$version/nats-server.part"
  mv -f "$target/$version/nats-server.part" "$target/$version/nats-server"
  ln -sfn "$version" "$target/$series"
}

obtain 2.9 bookworm
obtain 2.10 trixie
obtain 2.15 sid
