#!/usr/bin/env bash
# Builds Lodge's images with docker, podman or buildah, whichever there is: base, hub, server.
#   ENGINE         which of the three
#   PREFIX         what their names begin with, such as registry.example.org/lodge
#   TAG            their tag
#   PYSPARK        4 or 3.5; the tag of the server's image for 3.5 ends with -spark3.5
#   BASE, DEBIAN_MIRROR, PIP_INDEX_URL, NPM_REGISTRY
#                  build arguments, see images/server/Dockerfile
set -euo pipefail
cd "$(dirname "$0")/.."
engine="${ENGINE:-}"
for found in docker podman buildah; do
  if [ -z "$engine" ] && command -v "$found" >/dev/null; then engine="$found"; fi
done
if [ -z "$engine" ]; then
  echo "Images can't be built: there is no docker, podman or buildah; install one of them." >&2
  exit 1
fi
readonly prefix="${PREFIX:-lodge}" tag="${TAG:-$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)}" pyspark="${PYSPARK:-4}"
arguments=()
for name in DEBIAN_MIRROR PIP_INDEX_URL NPM_REGISTRY; do
  if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name=${!name}"); fi
done
if [ "$engine" = buildah ]; then arguments+=(--layers); fi

build() { # room tag argument...
  local room=$1 image="$prefix/$1:$2"
  shift 2
  "$engine" build --tag "$image" --file "images/$room/Dockerfile" "${arguments[@]}" "$@" .
  printf '%s\n' "- $image"
}
build base "$tag" ${BASE:+--build-arg "BASE=$BASE"}
own=(--build-arg "BASE=$prefix/base:$tag")
build hub "$tag" "${own[@]}"
if [ "$pyspark" != 4 ]; then suffix="-spark$pyspark"; else suffix=; fi
build server "$tag$suffix" "${own[@]}" --build-arg "PYSPARK=$pyspark"
