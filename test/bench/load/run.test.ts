import { describe, expect, it } from 'vitest'
import type { Contestant, Task } from '../../../bench/lib/contestant.ts'
import { parseOptions } from '../../../bench/load/options.ts'
import { jobsOfRound } from '../../../bench/load/run.ts'

function contestant(name: string, tasks: readonly Task[]): Contestant {
  return {
    name,
    missing: undefined,
    version: () => Promise.resolve('1'),
    supports: (task) => tasks.includes(task),
    start: () => Promise.reject(new Error('is not started here')),
  }
}

const contestants = [contestant('one', ['forward', 'mirror']), contestant('two', ['forward']), contestant('three', ['mirror'])]

function order(round: number, ...argv: string[]): string[] {
  return jobsOfRound(contestants, parseOptions(argv), round).map((job) => `${job.scenario.name} ${job.contestant.name}`)
}

describe('the order of a run', () => {
  it('turns round with every round', () => {
    expect(order(0, '--only', 'forward')).toEqual(['forward one', 'forward two'])
    expect(order(1, '--only', 'forward')).toEqual(['forward two', 'forward one'])
  })

  it('measures a hung mirror right after the healthy one of the same proxy', () => {
    expect(order(0, '--only', 'hung-mirror')).toEqual(['mirror one', 'hung-mirror one', 'mirror three', 'hung-mirror three'])
  })
})
