#!/usr/bin/env bash
# Renders the chart into deploy/kubernetes, for those who use kubectl alone:
#
#   deploy/helm/render.sh [--check]     needs helm (3.14 or later), or its path in HELM; --check: only says whether they are current
#
# The first line of each file has the digest of the chart that it comes from, so that tests/manifests.py finds a stale one without helm.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
helm=${HELM:-helm}
check=no
[ "${1:-}" != --check ] || check=yes
digest=$(cat jetkeep/Chart.yaml jetkeep/values.yaml example-cronjobs.yaml jetkeep/templates/* | sha256sum | cut -c1-16)
status=0

# render FILE TEMPLATE ARGUMENTS…
render() {
  local file=../kubernetes/$1 template=$2 text; shift 2
  text=$("$helm" template jetkeep jetkeep --kube-version 1.34.0 --show-only "templates/$template" "$@" | sed -e '/^---$/{1d}' -e '/^# Source: /d')
  text="# SPDX-License-Identifier: Apache-2.0
# Rendered from deploy/helm/jetkeep ($digest) by deploy/helm/render.sh. To change it, change the chart.
$text"
  if [ "$check" = no ]; then
    printf '%s\n' "$text" > "$file"
  elif [ "$text" != "$(cat "$file")" ]; then
    echo "$file is not what the chart renders: run deploy/helm/render.sh" >&2
    status=1
  fi
}
render jetkeep-backups-claim.yaml claim.yaml
render jetkeep-deployment.yaml deployment.yaml
render jetkeep-network-policy.yaml network-policy.yaml --set networkPolicy.enabled=true
render jetkeep-cronjobs.yaml cronjobs.yaml --values example-cronjobs.yaml
exit "$status"
