import { expect, it } from 'vitest'
import { parseWrk } from '../../../bench/lib/wrk.ts'

const output = `Running 4s test @ http://127.0.0.1:8080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.51ms    1.20ms  22.04ms   90.11%
    Req/Sec    20.31k     1.10k   22.80k    72.50%
  Latency Distribution
     50%  750.00us
     75%    2.70ms
     90%    3.21ms
     99%    1.02s
  81000 requests in 4.00s, 14.10MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 1000
Requests/sec:  20250.33
Transfer/sec:      3.52MB
`

it('reads counts, failures and the latency distribution of wrk', () => {
  expect(parseWrk(output)).toEqual({
    calls: 80_000,
    callsPerSecond: 20_250.33,
    failed: 1_006,
    unanswered: 4,
    latency: { samples: 81_000, p50Ms: 0.75, p90Ms: 3.21, p99Ms: 1_020, p999Ms: Number.NaN, maxMs: Number.NaN },
  })
})
