import { describe, expect, it } from 'vitest'
import type { Contestant } from '../../../bench/lib/contestant.ts'
import type { Task } from '../../../bench/lib/task.ts'
import { parseOptions } from '../../../bench/load/options.ts'
import { jobsOfRound } from '../../../bench/load/run.ts'

function contestant(name: string, ...tasks: readonly Task[]): Contestant {
  return {
    name,
    missing: undefined,
    telemetry: 'none',
    version: () => Promise.resolve('1'),
    supports: (task) => tasks.includes(task),
    start: () => Promise.reject(new Error('is not started here')),
  }
}

const contestants = [contestant('nginx', 'forward', 'mirror'), contestant('KrakenD', 'forward'), contestant('Tandem', 'forward', 'mirror')]
const names = contestants.map(({ name }) => name)

function order(round: number, ...argv: string[]): string[] {
  return jobsOfRound(contestants, parseOptions(argv, names), round).map(
    ({ scenario, contestant: { name }, control }) => `${scenario.name} ${name}${control ? ' control' : ''}`,
  )
}

describe('the order of a run', () => {
  it('turns round with every round', () => {
    expect(order(0, '--only', 'forward')).toEqual(['forward nginx', 'forward KrakenD', 'forward Tandem'])
    expect(order(1, '--only', 'forward')).toEqual(['forward Tandem', 'forward KrakenD', 'forward nginx'])
  })

  it('has those take part whom the scenario names, as long as nobody is named', () => {
    expect(order(0, '--only', 'thousand-connections')).toEqual(['thousand-connections Tandem'])
    expect(order(0, '--only', 'thousand-connections', '--contestants', 'krakend')).toEqual(['thousand-connections KrakenD'])
  })

  it('leaves out who cannot do what is asked', () => {
    expect(order(0, '--only', 'mirror', '--contestants', 'krakend,nginx')).toEqual(['mirror nginx'])
  })

  it('measures two that are alike right after two that are not', () => {
    expect(order(0, '--only', 'hung-mirror')).toEqual(['hung-mirror Tandem', 'hung-mirror Tandem control'])
  })
})
