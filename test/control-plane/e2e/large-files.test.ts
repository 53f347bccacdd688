import { expect, test } from 'vitest'
import { type ControlPlaneProcess, spawnControlPlane } from '../../harness/control-plane-process.ts'
import { manyRoutes } from '../../harness/many-routes.ts'
import { type SimulatedSidecar, simulateSidecar } from './simulated-sidecar.ts'

const route = (body: string) => `routes: [{ name: edited, respond: { body: "${body}" } }]\n`
const files = [{ name: 'many.yaml', text: manyRoutes(10_000) }]

async function start() {
  const controlPlane = await spawnControlPlane({
    routing: { 'edited.yaml': route('one') },
    config: 'push: { debounce: 1ms }\n',
  })
  await controlPlane.said('info ready')
  const { stdout } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
  const join = (id: string) => simulateSidecar(controlPlane, stdout.trim(), { id, workload: 'checkout' })
  const sidecar = await join('checkout-1')
  sidecar.answer(await sidecar.pushed())
  return { controlPlane, sidecar, join }
}

async function ask(controlPlane: ControlPlaneProcess, path: string): Promise<unknown> {
  const response = await fetch(`http://${controlPlane.address('console')}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ files }),
  })
  return response.json()
}

/** @returns in the order in which they came. */
async function order(events: Readonly<Record<string, Promise<unknown>>>): Promise<string[]> {
  const came: string[] = []
  await Promise.all(Object.entries(events).map(([name, event]) => event.then(() => came.push(name))))
  return came
}

async function bodyOf(sidecar: SimulatedSidecar): Promise<string> {
  return JSON.stringify(await sidecar.pushed())
}

test.each([
  ['/api/validate', { valid: true, errors: [] }],
  ['/api/diff', expect.objectContaining({ length: 10_001 })],
])('an edit is pushed while %s is busy with 10,000 routes', { timeout: 60_000 }, async (path, answer) => {
  const { controlPlane, sidecar } = await start()
  const asked = ask(controlPlane, path)
  const pushed = bodyOf(sidecar)
  await controlPlane.route('edited.yaml', route('two'))
  expect(await order({ asked, pushed })).toEqual(['pushed', 'asked'])
  expect(await pushed).toContain('two')
  expect(await asked).toEqual(answer)
})

test('sidecars are answered while the source reads a file of 10,000 routes', { timeout: 60_000 }, async () => {
  const { controlPlane, sidecar, join } = await start()
  const pushed = bodyOf(sidecar)
  await controlPlane.route('many.yaml', manyRoutes(10_000))
  const greeted = join('checkout-2').then((other) => other.pushed())
  expect(await order({ pushed, greeted })).toEqual(['greeted', 'pushed'])
  expect(await pushed).toContain('route-9999')
})
