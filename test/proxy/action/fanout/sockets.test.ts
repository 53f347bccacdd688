import { expect, it } from 'vitest'
import { httpCall } from '../../../harness/http-call.ts'
import { type Origin, type Respond, startOrigin } from '../../../harness/origin.ts'
import { startTandem, type Tandem } from '../../../harness/tandem.ts'

interface Shop {
  readonly tandem: Tandem
  readonly inventory: Origin
  readonly payment: Origin
}

/** @param fanout YAML of the fan-out without `to`. */
async function startShop(payment: Respond, fanout: string): Promise<Shop> {
  const inventory = await startOrigin((response) => void response.end('{"reserved": 12345678901234567890}'))
  const payments = await startOrigin(payment)
  const tandem = await startTandem(`
upstreams:
  inventory: { endpoints: ["${inventory.address}"] }
  payment: { endpoints: ["${payments.address}"] }
routes:
  - name: place-order
    match: { path: /orders }
    fanout:
      to:
        - { upstream: inventory, path: /deductStock, body: '{ "id": orderId }', compensate: { path: /putBack, body: '{ "undo": $response.reserved > 0 }' } }
        - { upstream: payment, path: /charge }
      ${fanout}
`)
  return { tandem, inventory, payment: payments }
}

const post = { method: 'POST', path: '/orders', headers: { 'content-type': 'application/json' }, body: '{"orderId":7}' }

it('sends one call to two real origins and combines what they answer', async () => {
  const { tandem, inventory, payment } = await startShop((response) => void response.end('paid'), 'respond: combined')
  const answer = await httpCall(tandem.port, post)
  expect([answer.status, answer.headers['x-tandem-completed']]).toEqual([200, 'true'])
  expect(answer.body).toMatch(/"inventory":\{"status":200,"durationMs":\d+,"body":\{"reserved": 12345678901234567890\}\}/)
  expect(answer.body).toMatch(/"payment":\{"status":200,"durationMs":\d+,"body":"paid"\}/)
  expect(inventory.received.map(({ url, body }) => [url, body.toString()])).toEqual([['/deductStock', '{"id":7}']])
  expect(payment.received.map(({ url, body }) => [url, body.toString()])).toEqual([['/charge', post.body]])
})

it('undoes one when the other refuses, and keeps the real status', async () => {
  const { tandem, inventory } = await startShop((response) => void response.writeHead(402).end('no funds'), 'respond: combined')
  const answer = await httpCall(tandem.port, post)
  expect([answer.status, answer.headers['x-tandem-completed']]).toEqual([402, 'false'])
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'failure', compensated: ['inventory'] })
  expect(inventory.received[1]).toMatchObject({ url: '/putBack', method: 'POST', body: Buffer.from('{"undo":true}') })
  expect(inventory.received[1]?.headers['idempotency-key']).toMatch(/-inventory-compensate$/)
})

it('passes the first answer on and cancels the loser', async () => {
  const hung = Promise.withResolvers<void>()
  const cancelled: Respond = (response) => void response.on('close', () => hung.resolve())
  const { tandem } = await startShop(cancelled, 'respond: first')
  const answer = await httpCall(tandem.port, post)
  expect([answer.status, answer.body]).toEqual([200, '{"reserved": 12345678901234567890}'])
  await hung.promise
})

it('refuses a body that an expression cannot read', async () => {
  const { tandem, payment } = await startShop((response) => void response.end(), 'respond: combined')
  const answer = await httpCall(tandem.port, { ...post, body: 'orderId=7' })
  expect([answer.status, payment.received.length]).toEqual([400, 0])
  expect(JSON.parse(answer.body)).toMatchObject({ route: 'place-order', title: 'Body cannot be used' })
})
