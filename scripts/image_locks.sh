#!/usr/bin/env bash
# Makes the images' lock files anew; what requirements.lock has too gets the same version.
set -euo pipefail
cd "$(dirname "$0")/.."
export VIRTUAL_ENV="$PWD/.venv"
compile() {
  .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    --no-emit-index-url \
    $(printf -- '--no-emit-package lodge-%s ' authenticator spawner runner services hub server magics lab) "$@"
}
rooms() { for room in "$@"; do printf '%s/pyproject.toml ' "$room"; done; }

compile -c requirements.lock -o images/tools.lock images/tools.in
compile -c requirements.lock -o images/hub/requirements.lock --extra identity images/hub/requirements.in \
  $(rooms authenticator spawner runner services hub_config)
readonly server=$(rooms authenticator spawner runner services hub_config serverextensions magics labextensions)
compile -c requirements.lock -o images/server/requirements.lock images/server/requirements.in $server

# For PySpark 3.5 its own lock comes first; the rest is as everywhere.
rest=$(mktemp)
trap 'rm -f "$rest"' EXIT
# jupyterlab's tools may need a newer one of what Spark 3.5 holds back: those are left to the resolver.
grep -oE '^[A-Za-z0-9_.-]+==[^ ]+( ;.*[^\\ ])?' requirements.lock |
  grep -vE "^($(grep -oE '^[A-Za-z0-9_.-]+==' requirements-spark35.lock | sort -u | tr -d = | paste -sd'|'))==" >"$rest"
compile -c requirements-spark35.lock -c "$rest" -o images/server/requirements-spark35.lock \
  images/server/requirements.in <(echo 'pyspark>=3.5.5,<3.6'; echo 'numpy<2'; echo 'pyarrow<22') $server
