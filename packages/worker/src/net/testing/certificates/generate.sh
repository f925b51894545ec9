#!/bin/sh
# Makes the certificates beside it anew: for tests on loopback only, trusted by nobody. Needs openssl; tests do not.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# Dates need `openssl ca`: `openssl x509` counts days from today.
cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = it
[it]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
organizationalUnitName = optional
CNF

# certificate <file> <common name> <from> <to> <extensions> [self]
certificate() {
  : > "$work/index.txt"
  od -An -N8 -tx1 /dev/urandom | tr -d ' \n' | sed 's/^./1/' > "$work/serial"
  printf '%b' "$5" > "$work/extensions"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/request"
  if [ "${6-}" = self ]; then signer="-selfsign -keyfile $1.key"; else signer="-cert authority.crt -keyfile $work/authority.key"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" $signer -startdate "$3" -enddate "$4" \
    -extfile "$work/extensions" -in "$work/request" -out "$1.crt" 2>/dev/null
}

past=20200101000000Z
future=21200101000000Z
local="subjectAltName=DNS:localhost,DNS:*.local.test,IP:127.0.0.1,IP:::1\n"
server="basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"

# The authority's key is thrown away: nothing else can be signed with it.
key "$work/authority.key"
cp "$work/authority.key" authority.key
certificate authority "V-Insight test authority" $past $future "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" self
rm authority.key

key server.key
for name in valid expired not-yet-valid wrong-host common-name self-signed; do cp server.key "$name.key"; done
certificate valid "localhost" $past $future "$server$local"
certificate expired "localhost" $past 20210101000000Z "$server$local"
certificate not-yet-valid "localhost" 21190101000000Z $future "$server$local"
certificate wrong-host "elsewhere.test" $past $future "${server}subjectAltName=DNS:elsewhere.test\n"
certificate common-name "localhost" $past $future "$server"
certificate self-signed "localhost" $past $future "$server$local" self
# What a certificate may claim at worst: a long name over many lines, a control character, dates at the ends of time.
cp server.key odd.key
unit="OU=$(printf 'a%.0s' $(seq 60))"
certificate odd "localhost/O=$(printf 'two\033lines')/$unit/$unit/$unit/$unit/$unit/$unit/$unit/$unit/$unit/$unit" 00000101000000Z 99991231235959Z "$server$local"
rm odd.key
# Who we say we are; signed by itself, which is what servers of tests trust.
cp server.key client.key
certificate client "V-Insight test client" $past $future "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n" self
rm client.key
rm valid.key expired.key not-yet-valid.key wrong-host.key common-name.key self-signed.key
