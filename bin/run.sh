# Read by the programs beside it: `run NAME SOURCE FLAGS ARGUMENTS...` starts one on the Node that comes with it.
# A checkout has the sources and runs them; a package has the bundle.

# The Node that npm installed for us, in our folder or beside it, else the one on PATH if it is new enough.
find_node() {
  for node in "$here/../node_modules/node/bin/node" "$here/../../node/bin/node"; do
    [ -x "$node" ] && return
  done
  node=node
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)
  [ "${major:-0}" -ge 26 ] && return
  echo "${0##*/}: needs Node.js 26; there is ${major:-none} on PATH, and npm has not installed one (are its install scripts allowed?)" >&2
  exit 1
}

# From the second start on nothing is compiled again. A folder that cannot be written costs that, and nothing else.
compile_cache() {
  NODE_COMPILE_CACHE=$here/../node_modules/.cache/tandem
  [ -f "$here/../$1" ] || NODE_COMPILE_CACHE=$here/../dist/cache
  [ -w "$here/.." ] || [ -d "$NODE_COMPILE_CACHE" ] || NODE_COMPILE_CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tandem
  export NODE_COMPILE_CACHE
}

run() {
  name=$1 source=$2 flags=$3
  shift 3
  find_node
  [ -n "${NODE_COMPILE_CACHE+set}" ] || compile_cache "$source"
  program=$here/../$source
  [ -f "$program" ] || program=$here/../dist/lib/$name.cjs
  # shellcheck disable=SC2086 # the flags are words of our own
  exec "$node" $flags "$program" "$@"
}
