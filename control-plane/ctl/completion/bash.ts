/**
 * The completion of tandemctl in bash, which needs no further package. Where it has nothing to offer, bash completes file names.
 */
import { freeValues, offeredAt, type Place, quotedBeginnings } from './words.ts'

export function bash(places: readonly Place[]): string {
  const files = places.filter((place) => place.files).map(({ before }) => `'${before}'`)
  return `# bash completion for tandemctl
_tandemctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before='' words='' word candidate
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    -o|--output) COMPREPLY=($(compgen -W 'table json' -- "$current")); return ;;
    ${freeValues(places).join('|')}) return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    candidate="\${before:+$before }$word"
    case "$candidate" in
      ${quotedBeginnings(places).join('|')}) before="$candidate" ;;
    esac
  done
  case "$before" in
    ${files.join('|')}) [[ $current == -* ]] || return ;;
  esac
  case "$before" in
${places.map((place) => `    '${place.before}') words='${offeredAt(place)}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tandemctl tandemctl
`
}
