#!/usr/bin/env bash
# Builds the image, with Docker where its engine runs, otherwise with buildah (as root; no engine is needed).
#
#   deploy/build-image.sh [--tag TAG] [--save FILE] [--engine docker|buildah]
#
#   --tag TAG        default: jetkeep:VERSION
#   --save FILE      the image as an archive that `docker load` and `podman load` read; default without an engine:
#                    build/image/jetkeep.tar
#   --engine NAME    use this one
#   --source URL     where the sources are, for the image's label
#
# Without an engine, mmdebstrap makes the base, a minimal bookworm. All downloaded and unpacked files are in build/image
# (IMAGE_WORK names another folder; some 5 GB during the build). The last line is the image's size.
set -euo pipefail
cd "$(dirname "$0")/.."

tag='' archive='' engine='' source=unknown
while [ $# -gt 0 ]; do
  case $1 in
    --tag) tag=$2; shift 2 ;;
    --save) archive=$2; shift 2 ;;
    --engine) engine=$2; shift 2 ;;
    --source) source=$2; shift 2 ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
version=$(sed -nE 's/^project\(jetkeep VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
revision=$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || true)
tag=${tag:-jetkeep:$version}
arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE=$source" -t "$tag")
if [ -z "$engine" ]; then
  if docker info > /dev/null 2>&1; then engine=docker; else engine=buildah; fi
fi
megabytes() { echo "$1: $(($2 / 1000000)) MB"; }

if [ "$engine" = docker ]; then
  docker build "${arguments[@]}" .
  [ -z "$archive" ] || docker save -o "$archive" "$tag"
  megabytes "$tag" "$(docker image inspect -f '{{.Size}}' "$tag")"
  exit
fi
[ "$engine" = buildah ] || { echo "build-image: --engine docker or buildah, not '$engine'" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "build-image: without Docker it has to run as root" >&2; exit 1; }

deploy/install-packages.sh image
work=${IMAGE_WORK:-$PWD/build/image}
mkdir -p "$work"
work=$(cd "$work" && pwd)
archive=${archive:-$work/jetkeep.tar}
# vfs needs nothing of the kernel; it keeps each layer as a whole tree, so the store goes when the image is saved.
store=$work/store
trap 'rm -rf "$store" "$store-run"' EXIT
rm -rf "$store" "$store-run"
b() {
  local verb=$1; shift
  buildah --root "$store" --runroot "$store-run" --storage-driver vfs "$verb" "$@"
}

# base_as TAG: a minimal bookworm, without manual pages and translations, from the mirror that this machine's apt uses.
base_as() {
  local mirror
  mirror=$(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' 2> /dev/null |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  if [ ! -s "$work/base.tar" ]; then
    mmdebstrap --variant=minbase --include=ca-certificates \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      bookworm "$work/base.part.tar" "${mirror:-http://deb.debian.org/debian}" > "$work/base.log" 2>&1 ||
      { tail -20 "$work/base.log" >&2; exit 1; }
    mv "$work/base.part.tar" "$work/base.tar"
  fi
  mkdir -p "$work/base"
  ln -f "$work/base.tar" "$work/base/base.tar"
  printf 'FROM scratch\nADD base.tar /\n' > "$work/base/Dockerfile"
  b bud --isolation chroot -q -t "$1" "$work/base" > /dev/null
}
base_as localhost/jetkeep-base:1
# Docker's format, because OCI's has no health check.
b bud --isolation chroot --format docker --build-arg BASE=localhost/jetkeep-base:1 "${arguments[@]}" .
rm -f "$archive"
b push -q "$tag" "docker-archive:$archive:$tag"
container=$(b from "$tag")
megabytes "$tag, saved as $archive" "$(du -sb --apparent-size "$(b mount "$container")" | cut -f1)"
