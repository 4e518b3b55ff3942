#!/usr/bin/env bash
# One static check, by its name; `make check` runs all of them side by side.
#   mypy, web, docs, ruff, layering, locks
# What the tools remember of a file is kept beside the other caches, so that a fresh clone looks anew
# only at what has changed. It is copied, not shared: checkouts may be checked at the same time.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
readonly cache="${LODGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lodge}/checks"

remembered() { # folder command...: with the folder as it was after the last check that passed
  local folder=$1 kept="$cache/${1//\//_}.tar"
  shift
  if [ ! -e "$folder" ] && [ -f "$kept" ]; then tar -xf "$kept" 2>/dev/null || rm -rf "$folder"; fi
  "$@"
  mkdir -p "$cache"
  tar -cf "$kept.$$" "$folder"
  mv "$kept.$$" "$kept"
}

case "${1:-}" in
  mypy) remembered .mypy_cache mypy ;;
  web) npm run --silent check ;;
  docs) sphinx-build -q -W --keep-going -b html -d docs/_build/.doctrees docs docs/_build/html ;;
  ruff) ruff check . && ruff format --check . ;;
  layering) lint-imports ;;
  locks)
    if git grep -n '://' -- package-lock.json '*.lock'; then
      echo 'A lock file names no address: run make lock.'
      exit 1
    fi
    ;;
  *)
    echo "There is no check ${1:-without a name}; see the head of $0." >&2
    exit 2
    ;;
esac
