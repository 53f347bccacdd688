/**
 * The load generator as a process: makes the session that its arguments describe, runs each window that it is sent, sends back the report.
 * It ends when the bench closes the channel, so that it cannot outlive it.
 */
import { LoadSession, type LoadWindow, type Target } from './load-session.ts'

const [targets = '[]', connections = '1'] = process.argv.slice(2)
const session = new LoadSession(JSON.parse(targets) as Target[], Number(connections))

async function answer(window: LoadWindow): Promise<void> {
  process.send?.(await session.run(window))
}

process.on('message', (window) => void answer(window as LoadWindow))
process.on('disconnect', () => process.exit(0))
