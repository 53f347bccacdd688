#!/bin/sh
# curl makes the calls: calls.sh BASE REUSED_BASE PROXIED_URL. A line for each: its name, the status, what came, separated by tabs.
# PROXIED_URL is reached by http_proxy of the environment.
set -eu
base=$1
reused=$2
proxied=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# call NAME ARGUMENTS...: the body is what came.
call() {
  name=$1
  shift
  status=$(curl -sS --max-time 30 -o "$folder/body" -w '%{http_code}' "$@")
  printf '%s\t%s\t%s\n' "$name" "$status" "$(cat "$folder/body")"
}

# field NAME FIELD ARGUMENTS...: a field of the head is what came.
field() {
  name=$1
  field=$2
  shift 2
  status=$(curl -sS --max-time 30 -o /dev/null -D "$folder/head" -w '%{http_code}' "$@")
  printf '%s\t%s\t%s\n' "$name" "$status" "$(tr -d '\r' <"$folder/head" | sed -n "s/^$field: //Ip")"
}

head -c 100000 /dev/zero | tr '\0' x >"$folder/upload"

call local "$base/local"
call get "$base/through/get?a=b"
call post --data-binary "@$folder/upload" -H 'Expect:' "$base/through/post"
call chunked -T - "$base/through/chunked" -H 'Expect:' -X POST <"$folder/upload"
call continue --data-binary "@$folder/upload" -H 'Expect: 100-continue' "$base/through/continue"
field head content-length -I "$base/through/head"
field not-found x-tandem-flags "$base/nowhere"
status=$(curl -sS --max-time 60 -o "$folder/download" -w '%{http_code}' "$base/through/download")
printf 'download\t%s\t%s\n' "$status" "$(sha256sum <"$folder/download" | cut -d ' ' -f 1)"
set --
for number in 1 2 3 4 5 6 7 8 9 10; do
  set -- "$@" -o /dev/null "$reused/through/$number"
done
printf 'reused\t%s\n' "$(curl -sS --max-time 30 -w '%{http_code} ' "$@")"
call http2 --http2-prior-knowledge "$base/through/http2"
call http2-post --http2-prior-knowledge --data-binary "@$folder/upload" "$base/through/http2"
call proxied "$proxied"
