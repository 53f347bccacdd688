/**
 * Knocks at a TLS port with a client certificate, and sees whether it is let in as far as HTTP.
 */
import { connect, type ConnectionOptions } from 'node:tls'

/** @param credentials PEM; none presents no certificate. Whose door it is does not matter. */
export function knock(port: number, credentials: Pick<ConnectionOptions, 'cert' | 'key'> = {}): Promise<'let in' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, checkServerIdentity: () => undefined, ...credentials })
    socket.on('error', () => undefined)
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: door.test\r\n\r\n'))
    socket.once('data', () => {
      resolve('let in')
      socket.destroy()
    })
    socket.once('close', () => resolve('refused'))
  })
}
