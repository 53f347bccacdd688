/**
 * `tandemctl completion`: scripts for the shells, written from the commands themselves, so that they know every word and option.
 */
import { type Command, UsageError } from './command.ts'
import { commonOptions } from './command-line.ts'

const shells = { bash, zsh, fish } as const

/** @param others what is completed beside this command itself. */
export function completion(others: readonly Command[]): Command {
  const command: Command = {
    words: ['completion'],
    summary: 'Print a completion script for a shell',
    operands: 'bash|zsh|fish',
    options: {},
    examples: [
      'source <(tandemctl completion bash)',
      'tandemctl completion zsh > "${fpath[1]}/_tandemctl"',
      'tandemctl completion fish > ~/.config/fish/completions/tandemctl.fish',
    ],
    completes: Object.keys(shells),
    run(call) {
      const [shell = ''] = call.operands
      if (!isShell(shell)) throw new UsageError('`completion` needs one of: bash, zsh, fish')
      call.out(shells[shell]([...others, command]))
      return Promise.resolve()
    },
  }
  return command
}

function isShell(word: string): word is keyof typeof shells {
  return Object.hasOwn(shells, word)
}

/** What may follow each beginning of a command line: words, or options where the command is complete. */
function continuations(commands: readonly Command[]): Map<string, readonly string[]> {
  const next = new Map<string, readonly string[]>()
  const add = (before: string, words: readonly string[]) => void next.set(before, [...new Set([...(next.get(before) ?? []), ...words])])
  for (const { words, options, completes } of commands) {
    for (const [index, word] of words.entries()) add(words.slice(0, index).join(' '), [word])
    const operands = completes === undefined || completes === 'files' ? [] : completes
    add(words.join(' '), [...operands, ...Object.keys({ ...options, ...commonOptions }).map((name) => `--${name}`)])
  }
  return next
}

interface Words {
  /** Every beginning that leads on or is a command, quoted for a shell. */
  readonly known: readonly string[]
  /** By beginning, what may follow. */
  readonly next: readonly (readonly [before: string, words: readonly string[]])[]
}

function wordsOf(commands: readonly Command[]): Words {
  const next = [...continuations(commands)]
  return { known: next.filter(([before]) => before !== '').map(([before]) => `'${before}'`), next }
}

function bash(commands: readonly Command[]): string {
  const { known, next } = wordsOf(commands)
  return `# bash completion for tandemctl
_tandemctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before='' words='' word candidate
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    -o|--output) COMPREPLY=($(compgen -W 'table json' -- "$current")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    candidate="\${before:+$before }$word"
    case "$candidate" in
      ${known.join('|')}) before="$candidate" ;;
    esac
  done
  case "$before" in
${next.map(([before, words]) => `    '${before}') words='${words.join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tandemctl tandemctl
`
}

function zsh(commands: readonly Command[]): string {
  const { known, next } = wordsOf(commands)
  return `#compdef tandemctl
_tandemctl() {
  local before='' candidate word
  case "\${words[CURRENT-1]}" in
    -o|--output) compadd -- table json; return ;;
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    candidate="\${before:+$before }$word"
    case "$candidate" in
      (${known.join('|')}) before="$candidate" ;;
    esac
  done
  case "$before" in
${next.map(([before, words]) => `    ('${before}') compadd -- ${words.join(' ')} ;;`).join('\n')}
  esac
  case "$before" in
    (${filesAfter(commands).join('|')}) _files ;;
  esac
}
if [ "$funcstack[1]" = _tandemctl ]; then _tandemctl "$@"; else compdef _tandemctl tandemctl; fi
`
}

function filesAfter(commands: readonly Command[]): string[] {
  return commands.filter(({ completes }) => completes === 'files').map(({ words }) => `'${words.join(' ')}'`)
}

function fish(commands: readonly Command[]): string {
  const { known, next } = wordsOf(commands)
  const files = filesAfter(commands)
  const line = ([before, words]: readonly [string, readonly string[]]) =>
    `complete -c tandemctl -n "__tandemctl_at '${before}'" ${files.includes(`'${before}'`) ? '' : '-f '}-a '${words.join(' ')}'`
  return `# fish completion for tandemctl
function __tandemctl_at
  set -l before
  for word in (commandline -opc)[2..-1]
    set -l candidate (string join ' ' $before $word)
    if contains -- "$candidate" ${known.join(' ')}
      set before $candidate
    end
  end
  test "$before" = "$argv[1]"
end
${next.map(line).join('\n')}
complete -c tandemctl -s o -l output -x -a 'table json'
`
}
