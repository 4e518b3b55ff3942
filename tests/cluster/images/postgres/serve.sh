#!/bin/sh
# Makes a database of the password in POSTGRES_PASSWORD, and serves it.
set -eu
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
export PGDATA=/tmp/data
printenv POSTGRES_PASSWORD >/tmp/password
initdb --auth-local=trust --auth-host=scram-sha-256 --pwfile=/tmp/password --encoding=UTF8 >/dev/null
rm /tmp/password
echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
