/**
 * The completion of tandemctl in fish, which shows what each option means.
 */
import { type CompletedOption, type Place, quotedBeginnings } from './words.ts'

export function fish(places: readonly Place[]): string {
  return `# fish completion for tandemctl
function __tandemctl_at
  set -l before
  for word in (commandline -opc)[2..-1]
    set -l candidate (string join -- ' ' $before $word)
    if contains -- "$candidate" ${quotedBeginnings(places).join(' ')}
      set before $candidate
    end
  end
  test "$before" = "$argv[1]"
end
${places.flatMap(linesOf).join('\n')}
`
}

function linesOf(place: Place): string[] {
  const at = `complete -c tandemctl -n "__tandemctl_at '${place.before}'"`
  const words = place.words.length === 0 ? '' : ` -a '${place.words.join(' ')}'`
  const operands = place.files ? [] : [`${at} -f${words}`]
  return [...operands, ...place.options.map(([name, option]) => `${at} ${optionWords(name, option)}`)]
}

function optionWords(name: string, { value, meaning, short }: CompletedOption): string {
  const names = `${short === undefined ? '' : `-s ${short} `}-l ${name}`
  const values = value === '' ? '' : name === 'output' ? ` -x -a 'table json'` : ' -x'
  return `${names}${values} -d '${meaning.replaceAll("'", "\\'")}'`
}
