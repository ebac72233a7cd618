#!/usr/bin/env bash
# Installs by apt what is missing of the given sections of deploy/packages.txt.
#
#   deploy/install-packages.sh run build        (as root, or by sudo; says nothing if all is there)
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: install-packages.sh SECTION…" >&2; exit 2; }
list=$(dirname "$0")/packages.txt

wanted=$(awk -v sections=" $* " '
  /^\[/ { name = substr($0, 2, length($0) - 2); take = index(sections, " " name " ") > 0; next }
  take && NF && !/^#/ { print $1 }' "$list")
[ -n "$wanted" ] || { echo "install-packages: no such section: $*" >&2; exit 2; }

missing=()
for package in $wanted; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install-packages: missing: ${missing[*]}; run as root, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing by apt: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" > "$log" 2>&1
}
# The package lists may be absent or stale: they are read again only if the installation needs it.
if ! install; then
  "${as_root[@]}" apt-get update -q > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
  install || { cat "$log" >&2; echo "install-packages: apt failed" >&2; exit 1; }
fi
