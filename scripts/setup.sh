#!/usr/bin/env bash
# Sets up everything in this checkout; quick where nothing changed. Usage: setup.sh run|test|cluster
#   run      what `lodge up` needs: Python packages, the proxy, the built JupyterLab plugins
#   test     that, and what the tests need beside it: Chromium, MariaDB, Postgres, MediaWiki, fonts, YARN,
#            an S3 server that is built with Go 1.25
#   cluster  the first, and what the Kubernetes of the tests is made of: root and Go 1.24 are needed
# LODGE_CACHE (default ~/.cache/lodge) keeps what is expensive to build; LODGE_PYTHON names a Python.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly goal="${1:-run}"
readonly cache="${LODGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lodge}"
readonly rooms=(authenticator spawner runner services hub_config serverextensions magics labextensions)

say() { printf '%s\n' "- $*"; }
die() { printf '%s\n' "Lodge can't be set up: $*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_updated=
apt_get() { # packages that are missing: installed as root on Debian, else named with the command
  local command="apt-get install $*"
  command -v apt-get >/dev/null || die "$* missing; install what your system calls $*, then try again."
  is_root || die "$* missing; get it with \`sudo $command\`, then try again."
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "$apt_updated" ]; then
    apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null || die "\`apt-get update\` failed."
    apt_updated=1
  fi
  say "Installing $*"
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null ||
    die "\`$command\` failed."
}

# --- What is expensive to make is made once for each state of what it is made of, kept in the cache,
#     and linked from there, file by file: a further checkout takes seconds, and little of the disk.
linked() { # kind, state, where it is wanted, command that makes it at the path that is its last argument
  local kind=$1 made="$cache/linked/$1-$2" wanted=$3 part
  shift 3
  mkdir -p "$cache/linked"
  (
    # Others may set up at the same time.
    flock 9
    if [ ! -e "$made" ]; then
      part=$(mktemp -d "$cache/linked/.part.XXXXXX")
      trap 'rm -rf "$part"' EXIT
      "$@" "$part/$kind" || exit 1
      mv "$part/$kind" "$made"
    fi
  ) 9>"$cache/linked/$kind.lock" || return 1
  touch "$made"
  rm -rf "$wanted"
  # No links lead to another file system.
  cp -al "$made" "$wanted" 2>/dev/null || { rm -rf "$wanted"; cp -a "$made" "$wanted"; }
}
short() { sha256sum | cut -c1-16; }

# --- Python: as root one that users' processes, which run under ids of their own, can start.
runs() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
runs_for_all() {
  runs "$1" || return 1
  is_root || return 0
  # By a shell: setpriv itself starts its program with root's capabilities still on.
  setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '"$0" -c ""' "$(readlink -f "$1")" 2>/dev/null
}
find_python() {
  local name
  for name in ${LODGE_PYTHON:-} python3.13 python3.12 python3.11 python3 /usr/bin/python3.13 \
    /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3; do
    name=$(command -v "$name" 2>/dev/null) || continue
    # A version manager's shim stands for the interpreter that it starts.
    name=$("$name" -c 'import sys; print(sys._base_executable)' 2>/dev/null) || continue
    if runs_for_all "$name"; then printf '%s\n' "$name"; return; fi
  done
  return 1
}
python=$(find_python) || {
  apt_get python3 python3-venv
  python=$(find_python) || die "there is no Python 3.11 or newer here, and \`apt-get install python3\` gave none."
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || apt_get python3-venv

# --- The environment: .venv here, or, where root's checkout is closed to other users, a folder
#     that they can read, with .venv as a link to it and the packages copied instead of linked.
open_to_all() {
  is_root || return 0
  setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$PWD" -a -r "$PWD/Makefile" 2>/dev/null
}
if open_to_all; then
  editable=1 venv="$PWD/.venv"
  [ ! -L .venv ] || rm .venv
else
  editable= venv="/opt/lodge/venv-$(printf %s "$PWD" | sha256sum | cut -c1-12)"
  if [ -d .venv ] && [ ! -L .venv ]; then rm -rf .venv; fi
  mkdir -p /opt/lodge
  ln -sfn "$venv" .venv
fi
readonly stamps="$venv/.lodge"
fresh() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
mark() { printf '%s' "$2" >"$stamps/$1"; }
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

environment() { # lock file, folder: a virtual environment with these packages, of use wherever it is
  # With a tool of its own at first, which brings itself.
  "$python" -m venv "$2.tools"
  awk '/^uv==/{on=1} on{print} on&&!/\\$/{exit}' requirements.lock >"$2.tools/uv.txt"
  "$2.tools/bin/python" -m pip -q --disable-pip-version-check install --require-hashes -r "$2.tools/uv.txt"
  "$2.tools/bin/uv" venv -q --relocatable --python "$python" "$2"
  # Compiled here: users' processes can't write beside the packages, and would compile at every start.
  VIRTUAL_ENV="$2" "$2.tools/bin/uv" pip install -q --compile-bytecode --no-deps --require-hashes -r "$1"
  # Its cache keeps what no environment can be made of any more: gigabytes, in time.
  "$2.tools/bin/uv" cache prune -q 2>/dev/null || true
}
locked=$("$python" -c 'import sys; print(sys.executable, sys.version)' | cat - requirements.lock | short)
if ! fresh packages "$locked"; then
  say "Installing Python packages"
  linked environment "$locked" "$venv" environment requirements.lock
  mkdir -p "$stamps"
  [ -n "$editable" ] || printf '%s' "$PWD" >"$stamps/checkout"
  mark packages "$locked"
fi

# --- Java and Node.
java_ok() {
  local program="${JAVA_HOME:+$JAVA_HOME/bin/}java" version
  version=$("$program" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] && [ "$version" -ge 17 ]
}
java_ok || { apt_get default-jre-headless; java_ok || die "the Java that Debian brings is older than 17."; }

export PATH="$venv/bin:$PATH"
node_ok() { node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null && npm --version >/dev/null 2>&1; }
if ! node_ok; then
  say "Installing Node (from the Python registry)"
  VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install -q --require-hashes -r scripts/node.lock
  node_ok || die "there is no Node 20 or newer; install one, then try again."
fi

# --- The proxy and the tools of the JupyterLab plugins.
node_packages() { # folder
  npm ci --no-audit --no-fund --loglevel=error
  mv node_modules "$1"
}
packages=$(digest package.json package-lock.json labextensions/*/package.json services/frames/package.json)
if [ ! -d node_modules ] || [ "$(cat node_modules/.lodge 2>/dev/null)" != "$packages" ]; then
  say "Installing Node packages"
  linked node_modules "$(printf '%s' "$(node --version)" "$packages" | short)" node_modules node_packages
  printf '%s' "$packages" >node_modules/.lodge
fi
ln -sfn "$PWD/node_modules/.bin/configurable-http-proxy" "$venv/bin/configurable-http-proxy"

# --- The JupyterLab plugins: built once for each state of their sources.
built=$(find labextensions -type f -not -path '*/node_modules/*' -not -path '*/lodge_lab/*' -not -path '*/lib/*' \
  -not -path '*/test/*' -print0 | sort -z | xargs -0 sha256sum | cat - package-lock.json | sha256sum | cut -d' ' -f1)
readonly assets=labextensions/lodge_lab/labextension
if [ "$(cat labextensions/lodge_lab/.built 2>/dev/null)" != "$built" ] || [ ! -f "$assets/package.json" ]; then
  rm -rf "$assets"
  if [ -f "$cache/lab-$built.tar" ]; then
    tar -C labextensions/lodge_lab -xf "$cache/lab-$built.tar"
  else
    say "Building the JupyterLab plugins"
    npm run --silent build
    mkdir -p "$cache"
    tar -C labextensions/lodge_lab -cf "$cache/lab-$built.tar.$$" labextension
    mv "$cache/lab-$built.tar.$$" "$cache/lab-$built.tar"
  fi
  printf '%s' "$built" >labextensions/lodge_lab/.built
fi

# --- What draws in the frames of shared notebooks: built as the plugins are.
drawn=$(find services/frames -type f -not -path '*/node_modules/*' -print0 | sort -z | xargs -0 sha256sum |
  cat - package-lock.json | sha256sum | cut -d' ' -f1)
readonly libraries=services/lodge_services/shares/libraries
if [ "$(cat "$libraries/.built" 2>/dev/null)" != "$drawn" ]; then
  rm -rf "$libraries"
  if [ -f "$cache/frames-$drawn.tar" ]; then
    tar -C "$(dirname "$libraries")" -xf "$cache/frames-$drawn.tar"
  else
    say "Building what draws in shared notebooks"
    npm run --silent build --workspace @lodge/frames
    mkdir -p "$cache"
    tar -C "$(dirname "$libraries")" -cf "$cache/frames-$drawn.tar.$$" libraries
    mv "$cache/frames-$drawn.tar.$$" "$cache/frames-$drawn.tar"
  fi
  printf '%s' "$drawn" >"$libraries/.built"
fi

# --- Lodge's own packages.
# Without what is compiled: that comes with the installation, and with whatever runs.
if [ -n "$editable" ]; then
  state=$(find "${rooms[@]}" -name pyproject.toml -o -path '*/etc/*' -type f -o -path '*/config/*' -type f |
    grep -v -e node_modules -e '\.pyc$' | sort | xargs sha256sum | sha256sum)
else
  state=$(find "${rooms[@]}" -type f -not -path '*/node_modules/*' -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
fi
state="$state $built ${editable:-copied}"
if ! fresh rooms "$state"; then
  say "Installing Lodge"
  arguments=()
  for room in "${rooms[@]}"; do arguments+=(${editable:+-e} "./$room"); done
  VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install -q --no-deps --no-build-isolation \
    $(printf -- '--reinstall-package lodge-%s ' authenticator spawner runner services hub server magics lab) "${arguments[@]}"
  if [ -n "$editable" ]; then
    "$venv/bin/python" -m compileall -q "${rooms[@]}" -x node_modules
  else
    "$venv/bin/python" -m compileall -q "$venv"/lib/python3*/site-packages/lodge_*
  fi
  mark rooms "$state"
fi

# --- What lets Spark's sessions start in half the time: once for each Java and set of jars. Java takes
#     the archive of jars for one of others that are links to them, as long as those are where they were.
class_archive() { # environment, its Spark by the path that the archive names jars by, file
  PYSPARK_PYTHON="$1/bin/python" PYSPARK_SUBMIT_ARGS=pyspark-shell SPARK_LOCAL_IP=127.0.0.1 SPARK_HOME="$2" \
    "$1/bin/python" -m lodge_magics.spark.archive "$3" >"$stamps/archive.log" 2>&1
}
archived() { # environment, its Spark by that path, kind: makes the archive and links it
  local state
  state=$({
    cat magics/lodge_magics/spark/archive.py
    stat -c '%n %d %i %Y' "$2"/jars/spark-core_*.jar
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1
  } | short)
  # By whose path the archive names its jars.
  mkdir -p "$1/share/lodge"
  ln -sfn "$2" "$1/share/lodge/spark"
  if ! fresh "$3" "$state"; then
    say "Preparing Spark for a quick start"
    if (linked "$3" "$state" "$1/share/lodge/spark-classes.jsa" class_archive "$1" "$2"); then
      mark "$3" "$state"
    else
      say "Spark will start slowly: the preparation failed, see $stamps/archive.log"
    fi
  fi
}
spark=$(echo "$cache/linked/environment-$locked"/lib/python3*/site-packages/pyspark)
own=$(echo "$venv"/lib/python3*/site-packages/pyspark)
# As root users have ids of their own, and may not look into root's home: for them the jars stand, in
# links again, where all can see them.
if is_root; then
  common="/var/cache/lodge/spark-$locked"
  if [ ! -d "$common" ]; then
    mkdir -p /var/cache/lodge
    part=$(mktemp -d /var/cache/lodge/.part.XXXXXX)
    chmod 755 "$part"
    if cp -al "$spark/." "$part" 2>/dev/null; then mv -T "$part" "$common" || true; fi
    rm -rf "$part"
  fi
  spark="$common"
fi
# Where nothing could be linked, the archive is this checkout's alone.
[ "$own"/jars/spark-core_*.jar -ef "$spark"/jars/spark-core_*.jar ] || spark="$own"
archived "$venv" "$spark" spark-classes

# --- What the tests need beside it.
mediawiki() { # folder
  local unpacked
  unpacked=$(mktemp -d "$cache/linked/.part.XXXXXX")
  (cd "$unpacked" && apt-get -q download mediawiki mediawiki-classes >/dev/null 2>&1) ||
    { apt-get -q update >/dev/null && (cd "$unpacked" && apt-get -q download mediawiki mediawiki-classes >/dev/null); } || return 1
  for package in "$unpacked"/*.deb; do dpkg -x "$package" "$unpacked" || return 1; done
  # What leads to where the package would stand.
  (cd "$unpacked/usr/share/mediawiki" && rm LocalSettings.php config extensions images &&
    mv extensions-core extensions) || return 1
  mv "$unpacked/usr/share/mediawiki" "$1"
  rm -rf "$unpacked"
}
if [ "$goal" = test ]; then
  missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
  [ -d /usr/share/fonts/opentype/noto ] || missing+=(fonts-noto-cjk)
  [ -d /usr/share/fonts/truetype/noto ] || missing+=(fonts-noto-core)
  command -v mvn >/dev/null || missing+=(maven)
  command -v php >/dev/null || missing+=(php-cli)
  extensions=$({ php -m 2>/dev/null || true; } | tr '[:upper:]' '[:lower:]')
  for extension in apcu curl gd intl mbstring sqlite3 xml; do
    grep -qx "$extension" <<<"$extensions" || missing+=("php-$extension")
  done
  [ "${#missing[@]}" = 0 ] || apt_get "${missing[@]}"
  # MediaWiki is unpacked, not installed: its package would bring a web server, and start it.
  if [ ! -f "$cache/mediawiki/index.php" ]; then
    say "Unpacking MediaWiki"
    (linked mediawiki 1 "$cache/mediawiki" mediawiki) || die "Debian's packages of MediaWiki can't be had."
  fi
  scripts/jars.sh "$cache/jars" ||
    die "Maven could not fetch what scripts/jars.lock and scripts/trino.lock name; its message is above. Check its settings, then try again."
fi

# --- The S3 server of the tests: built from a Go module, once for each state of its lock file.
go_program() { command -v go || { [ -x /usr/local/go/bin/go ] && echo /usr/local/go/bin/go; }; }
versitygw() { # file
  local module=github.com/versity/versitygw/cmd/versitygw
  # Static, and by the Go that is here; another one is not fetched.
  (cd tests/support/versitygw && CGO_ENABLED=0 GOTOOLCHAIN=local nice "$go" build -trimpath -buildvcs=false -ldflags "-s -w" -o "$1" "$module")
}
if [ "$goal" = test ]; then
  go=$(go_program) || die "there is no Go, and the S3 server of the tests is built with it; install Go 1.25 or newer."
  state=$(cat tests/support/versitygw/go.mod tests/support/versitygw/go.sum <(GOTOOLCHAIN=local "$go" version) | short)
  if ! fresh versitygw "$state"; then
    say "Building the S3 server of the tests (two minutes at first)"
    mkdir -p "$venv/share/lodge"
    (linked versitygw "$state" "$venv/share/lodge/versitygw" versitygw) ||
      die "versitygw can't be built; Go's message is above. It needs Go 1.25 or newer, and a module proxy."
    mark versitygw "$state"
  fi
fi

# --- A Kubernetes for the tests: Debian's packages, programs built from Go modules, images.
if [ "$goal" = cluster ]; then
  is_root || die "the cluster of the tests needs root, for namespaces and mounts; run this as root."
  missing=()
  for package in containerd runc iptables nftables debootstrap buildah conntrack; do
    case "$package" in nftables) program=nft ;; *) program="$package" ;; esac
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || missing+=("$package")
  done
  [ -x /usr/lib/cni/ptp ] || missing+=(containernetworking-plugins)
  command -v ip >/dev/null || [ -x /usr/sbin/ip ] || missing+=(iproute2)
  [ "${#missing[@]}" = 0 ] || apt_get "${missing[@]}"
  say "Building the cluster of the tests (minutes at first, a second later)"
  PYTHONPATH=tests "$venv/bin/python" -m cluster.kubernetes build || die "its cluster can't be built."
fi
# --- Environments of the tests' own: PySpark 3.5, which some clusters dictate, and the Java that
#     Trino runs on.
of_tests() { # name, lock file
  local state
  state=$("$python" -V | cat - "$2" | short)
  if ! fresh "$1" "$state"; then
    say "Installing $1 for the tests"
    # A link to a folder in the cache is what former set-ups left here.
    [ ! -L "$venv/$1" ] || rm "$venv/$1"
    linked "$1" "$state" "$venv/$1" environment "$2"
    mark "$1" "$state"
  fi
}
if [ "$goal" = test ]; then
  of_tests spark35 requirements-spark35.lock
  state=$(cat magics/pyproject.toml "$stamps/spark35" | short)
  if ! fresh spark35-magics "$state"; then
    VIRTUAL_ENV="$venv/spark35" "$venv/bin/uv" pip install -q --no-deps --no-build-isolation -e ./magics
    mark spark35-magics "$state"
  fi
  spark35=$(echo "$cache/linked/spark35-$(cat "$stamps/spark35")"/lib/python3*/site-packages/pyspark)
  own35=$(echo "$venv"/spark35/lib/python3*/site-packages/pyspark)
  [ "$own35"/jars/spark-core_*.jar -ef "$spark35"/jars/spark-core_*.jar ] || spark35="$own35"
  archived "$venv/spark35" "$spark35" classes35
  of_tests counterparts requirements-counterparts.lock
fi
if [ "$goal" = test ]; then scripts/prune.sh "$cache"; fi
say "Everything is set up."
