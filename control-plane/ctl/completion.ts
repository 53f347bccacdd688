/**
 * `tandemctl completion`: scripts for the shells, written from the commands themselves, so that they know every word and option.
 */
import { type Command, UsageError } from './command.ts'
import { bash } from './completion/bash.ts'
import { fish } from './completion/fish.ts'
import { placesOf } from './completion/words.ts'
import { zsh } from './completion/zsh.ts'

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
      call.out(shells[shell](placesOf([...others, command])))
      return Promise.resolve()
    },
  }
  return command
}

function isShell(word: string): word is keyof typeof shells {
  return Object.hasOwn(shells, word)
}
