#!/usr/bin/env bash
# MediaWiki 1.39.17: in a `<pre>` the blank before `? : ; ! %` and beside `« »` becomes a no-break space,
# as French typography has it in running text. The page looks right; code that is copied from it does not
# run: Python answers "invalid non-printable character U+00A0". Expected: a `<pre>` keeps every character.
# Why it matters: whoever publishes code to a wiki publishes code that readers can't paste. Write the blank
# before such a sign as `&#32;`: character references are left alone.
# Needs php with sqlite3, mbstring, xml and intl; Debian's packages are unpacked, not installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version='1:1.39.17-1+deb12u2'
mkdir "$folder/debs" "$folder/data"
(cd "$folder/debs" && apt-get -q download "mediawiki=$version" "mediawiki-classes=$version" >/dev/null 2>&1)
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder/unpacked"; done
wiki="$folder/unpacked/usr/share/mediawiki"
rm -f "$wiki"/{LocalSettings.php,config,extensions,images}
mkdir "$wiki/extensions" "$wiki/images"
openssl rand -hex 16 >"$folder/pass"
php "$wiki/maintenance/install.php" --dbtype=sqlite --dbpath="$folder/data" --dbname=wiki \
  --server=http://127.0.0.1 --scriptpath= --confpath="$folder" --passfile="$folder/pass" Wiki Keeper >/dev/null
export MW_CONFIG_FILE="$folder/LocalSettings.php"
parsed() { printf '%s' "$1" | php "$wiki/maintenance/parse.php" 2>/dev/null; }
echo "MediaWiki ${version}"
echo 'expected: <pre>x = a ? b : c</pre> keeps its blanks, as U+0020'
seen=$(parsed '<pre>x = a ? b : c</pre>')
echo "seen: $seen"
written=$(parsed '<pre>x = a&#32;? b&#32;: c</pre>')
echo "with &#32;: $written"
grep -q 'a&#160;? b&#160;: c' <<<"$seen" && grep -q 'a&#32;? b&#32;: c' <<<"$written" || {
  echo "The behaviour has changed." >&2
  exit 1
}
