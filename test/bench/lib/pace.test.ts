import { describe, expect, it } from 'vitest'
import { closedLoop, openLoop } from '../../../bench/lib/pace.ts'

describe('pace', () => {
  it('begins calls at once in a closed loop, until the end', () => {
    const pace = closedLoop(100)
    expect([pace.next(10), pace.next(10.5), pace.next(100)]).toEqual([10, 10.5, -1])
    expect(pace.overdue()).toEqual([])
  })

  it('begins calls at fixed instants in an open loop', () => {
    const pace = openLoop(1_000, 1_100, 100)
    expect([pace.next(999), pace.next(1_000), pace.next(1_000), pace.next(1_011)]).toEqual([-1, 1_000, -1, 1_010])
  })

  it('measures a call that had to wait from the instant at which it was due', () => {
    const pace = openLoop(0, 100, 100)
    expect([pace.next(35), pace.next(35), pace.next(35), pace.next(35), pace.next(35)]).toEqual([0, 10, 20, 30, -1])
  })

  it('names the calls that were due and never begun', () => {
    const pace = openLoop(0, 50, 100)
    pace.next(0)
    pace.next(10)
    expect(pace.overdue()).toEqual([20, 30, 40])
  })

  it('lets a call that was due within the window begin after it, and none more', () => {
    const pace = openLoop(0, 20, 100)
    expect([pace.next(25), pace.next(25), pace.next(25)]).toEqual([0, 10, -1])
  })
})
