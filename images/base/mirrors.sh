# Writes /mirrors: the sources of Debian's packages as the image has them, or of a mirror of them.
# Usage: mirrors.sh [http://mirror.example.org/debian]; that of security is beside it, -security.
set -eu
mkdir -p /mirrors/parts
: >/mirrors/sources.list
if [ -f /etc/apt/sources.list ]; then cp /etc/apt/sources.list /mirrors/sources.list; fi
if [ -d /etc/apt/sources.list.d ]; then cp -r /etc/apt/sources.list.d/. /mirrors/parts; fi
if [ -n "${1:-}" ]; then
  find /mirrors -type f -exec sed -i -E "s#https?://(deb|security).debian.org/debian#${1%/}#" {} +
fi
cat >/mirrors/apt.conf <<END
Dir::Etc::sourcelist "/mnt/sources.list";
Dir::Etc::sourceparts "/mnt/parts";
END
