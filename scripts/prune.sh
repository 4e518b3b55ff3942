#!/usr/bin/env bash
# Keeps the caches of the set-up within bounds: of what is kept once for each state of the code the
# newest few stay, and what belongs to a checkout goes with it. What a lock file still names stays.
# Usage: prune.sh CACHE; the caches of the tests' cluster keep themselves, see
# tests/cluster/kubernetes.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly cache="$1"

keep_newest() { # how many, paths...
  local kept=$1 path
  shift
  # Where there is none yet, the pattern itself is no path.
  { ls -td -- "$@" 2>/dev/null || true; } | tail -n +"$((kept + 1))" |
    while read -r path; do rm -rf -- "$path"; done
}
keep_newest 3 "$cache"/lab-*.tar
keep_newest 3 "$cache"/frames-*.tar
keep_newest 2 "$cache"/trino-*
for kind in environment node_modules spark-classes spark35 classes35 counterparts versitygw; do
  keep_newest 2 "$cache/linked/$kind"-*
done
if [ -w /var/cache/lodge ]; then
  # From one whose files have other links a checkout still starts its Spark.
  for spark in /var/cache/lodge/spark-*; do
    [ -n "$(find "$spark/jars" -name 'spark-core_*.jar' -links +1 2>/dev/null)" ] || unlinked+=("$spark")
  done
  [ -z "${unlinked[*]-}" ] || keep_newest 2 "${unlinked[@]}"
fi
find "$cache/linked" -maxdepth 1 -name '.part.*' -mtime +1 -exec rm -rf {} +
# Jars that no lock file names any more.
if [ -d "$cache/jars" ]; then
  named=$(cat scripts/jars.lock scripts/trino.lock | awk '{split($2, n, ":"); print n[2] "-" n[3] "." (n[4] ? n[4] : "jar")}')
  for jar in "$cache"/jars/*; do
    grep -qxF -- "$(basename "$jar")" <<<"$named" || rm -f -- "$jar"
  done
fi
# Environments of checkouts that are gone.
for venv in /opt/lodge/venv-*; do
  if [ -f "$venv/.lodge/checkout" ] && [ ! -e "$(cat "$venv/.lodge/checkout")/Makefile" ]; then rm -rf -- "$venv"; fi
done
# Archives of images and such environments were once kept here.
rm -f -- "$cache"/cluster/images/*.tar
find "$cache" -maxdepth 1 \( -name 'spark35-*' -o -name 'counterparts-*' \) -mtime +2 -exec rm -rf {} +
