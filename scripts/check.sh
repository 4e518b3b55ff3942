#!/usr/bin/env bash
# All static checks, two at a time; each one's output is shown when it failed. Under a minute.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() { # name command...
  local name=$1 began=$SECONDS
  shift
  if "$@" >"$out/$name" 2>&1; then
    printf '  ok      %-12s %3d s\n' "$name" $((SECONDS - began))
  else
    printf '  FAILED  %-12s %3d s\n' "$name" $((SECONDS - began))
    sed 's/^/    /' "$out/$name"
    touch "$out/failed"
  fi
}
locks() {
  if grep -Hn '://' package-lock.json ./*.lock scripts/*.lock images/*.lock images/*/*.lock; then
    echo 'A lock file names no address: run make lock.'
    return 1
  fi
}
python_side() {
  run locks locks
  run ruff ruff check .
  run format ruff format --check .
  run layering lint-imports
  run mypy mypy
}
web_side() {
  run web npm run --silent check
  run docs sphinx-build -q -W --keep-going -b html -d docs/_build/.doctrees docs docs/_build/html
}
python_side &
web_side &
wait
[ ! -e "$out/failed" ]
