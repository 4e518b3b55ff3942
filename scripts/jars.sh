#!/usr/bin/env bash
# Fetches what tests need beside PySpark's own jars (Hadoop's in jars.lock, the server and plugins of
# trino.lock), by Maven and its settings, into FOLDER; what is there already is not fetched again.
# Usage: jars.sh FOLDER
set -euo pipefail
readonly folder="$1"
readonly plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

mkdir -p "$folder"
while read -r sum name; do
  IFS=: read -r _ artifact version packaging <<<"$name"
  file="$artifact-$version.${packaging:-jar}"
  [ ! -f "$folder/$file" ] || continue
  # Beside its place, and moved there whole: others may run this at the same time.
  part=$(mktemp -d "$folder/.part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  mvn -B -q -ntp -Dstyle.color=never "$plugin:copy" -Dartifact="$name" -DoutputDirectory="$part" </dev/null
  printf '%s  %s\n' "$sum" "$part/$file" | sha256sum --quiet -c -
  mv "$part/$file" "$folder/$file"
  rm -rf "$part"
done < <(cat "${0%/*}/jars.lock" "${0%/*}/trino.lock")
