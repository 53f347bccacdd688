/**
 * The body of a request to the console: JSON of a known shape, within a limit.
 */
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod/mini'
import type { Finding } from '../../proxy/config/config-error.ts'
import { explain } from '../../proxy/config/explain.ts'
import { formatPath } from '../../proxy/config/path.ts'
import { ConsoleProblem } from './problem.ts'

/** Room for 10,000 routes. */
const maxBodyBytes = 16 * 1024 * 1024
const mostSaid = 20

/**
 * JSON only, and said so: a form of another web page cannot say it.
 * @throws ConsoleProblem 400, 413 or 415 that names what is wrong.
 */
export async function readJson<S extends z.ZodMiniType>(request: IncomingMessage, schema: S): Promise<z.output<S>> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') throw new ConsoleProblem(415, 'expected a body with content-type application/json')
  const root = parsed(await readText(request))
  const result = schema.safeParse(root)
  if (result.success) return result.data
  throw new ConsoleProblem(400, said(explain(shortened(result.error.issues), schema, root)))
}

/** Of thousands of wrong keys the first say enough. */
function shortened(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues
    .slice(0, mostSaid)
    .map((issue) => (issue.code === 'unrecognized_keys' ? { ...issue, keys: issue.keys.slice(0, mostSaid) } : issue))
}

function said(findings: readonly Finding[]): string {
  return findings
    .slice(0, mostSaid)
    .map(({ path, message }) => `${formatPath(path)}: ${message}`)
    .join('; ')
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBodyBytes) throw new ConsoleProblem(413, `the body is larger than ${maxBodyBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof ConsoleProblem ? error : new ConsoleProblem(400, 'the body was broken off')
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConsoleProblem(400, 'the body is no JSON')
  }
}
