/**
 * The load generator as a process: makes the session that its argument describes, runs each window that it is sent, sends back the report.
 * It ends when the bench closes the channel, so that it cannot outlive it.
 */
import { LoadSession, type LoadShape, type LoadWindow } from './load-session.ts'

const [shape = ''] = process.argv.slice(2)
const session = new LoadSession(JSON.parse(shape) as LoadShape)

async function answer(window: LoadWindow): Promise<void> {
  process.send?.(await session.run(window))
}

process.on('message', (window) => void answer(window as LoadWindow))
process.on('disconnect', () => process.exit(0))
