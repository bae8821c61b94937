/** No test file prints a secret that was used in it, on standard output, standard error or the console. */

import { afterAll } from 'vitest'
import { leaksIn, noteSecrets } from './revealed.ts'

noteSecrets()

const printed: string[] = []
const { _stdout, _stderr } = console as { _stdout?: NodeJS.WritableStream; _stderr?: NodeJS.WritableStream }
for (const stream of new Set([process.stdout, process.stderr, _stdout, _stderr])) {
  if (!stream) continue
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.write = (chunk: unknown, ...rest: unknown[]) => {
    printed.push(chunk instanceof Uint8Array ? Buffer.from(chunk).toString('utf8') : String(chunk))
    return write(chunk, ...rest)
  }
}

afterAll(() => {
  const leaks = leaksIn(printed.join(''))
  if (leaks.length > 0) throw new Error(`the output shows secrets:\n${leaks.join('\n')}`)
})
