/**
 * The completion of tandemctl in zsh: as a file in `fpath`, or sourced after `compinit`.
 */
import { freeValues, offeredAt, type Place, quotedBeginnings } from './words.ts'

export function zsh(places: readonly Place[]): string {
  const files = places.filter((place) => place.files).map(({ before }) => `'${before}'`)
  return `#compdef tandemctl
_tandemctl() {
  local before='' candidate word
  case "\${words[CURRENT-1]}" in
    -o|--output) compadd -- table json; return ;;
    ${freeValues(places).join('|')}) _default; return ;;
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    candidate="\${before:+$before }$word"
    case "$candidate" in
      (${quotedBeginnings(places).join('|')}) before="$candidate" ;;
    esac
  done
  case "$before" in
    (${files.join('|')}) [[ $PREFIX == -* ]] || { _files; return } ;;
  esac
  case "$before" in
${places.map((place) => `    ('${place.before}') compadd -- ${offeredAt(place)} ;;`).join('\n')}
  esac
}
if [ "$funcstack[1]" = _tandemctl ]; then _tandemctl "$@"; else compdef _tandemctl tandemctl; fi
`
}
