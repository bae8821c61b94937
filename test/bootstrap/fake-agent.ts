/** Agents of a few lines, packed as a user packs one: they start at once, unlike the one that comes with the package. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAgent, type PackedAgent } from 'cloud-environs'

/** Serves health, login and who it is, with the certificate of its `agent.conf`. */
const SERVING = `
const { readFileSync } = require('node:fs')
const config = JSON.parse(readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'))
const { controllerUuid, modelUuid, controllerName: name, serverCert: cert, serverKey: key, apiPort } = config
const version = '3.6.1.1'
const answers = {
  '/v1/health': { status: 'ok', controllerUuid, version },
  '/v1/login': { token: 'fake', expires: '' },
  '/v1/controller': { name, controllerUuid, modelUuid, version, cloud: {}, started: '' },
}
const server = require('node:https').createServer({ cert, key }, (request, response) => {
  request.resume()
  const body = answers[request.url]
  response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? { error: {} }))
})
const [host, port] = process.env.ENVIRONS_AGENT_LISTEN.split(':')
server.listen(Number(port), host, () =>
  console.log('listening on port ' + apiPort + ' at 127.0.0.1:' + server.address().port))
process.once('SIGTERM', () => process.exit())
`

/** Says why it cannot run, and ends. */
const CRASHING = `
console.error('flux capacitor not found')
process.exitCode = 3
`

const PROGRAMS = { serving: SERVING, crashing: CRASHING }

/** Packs one into a directory of its own, which the caller removes. */
export async function packFakeAgent(kind: keyof typeof PROGRAMS, into: string): Promise<PackedAgent> {
  const directory = await mkdtemp(join(tmpdir(), 'environs-fake-agent-'))
  try {
    await mkdir(join(directory, 'bin'))
    const program = `#!${process.execPath}\n${PROGRAMS[kind]}`
    await writeFile(join(directory, 'bin', 'environs-agent'), program, { mode: 0o755 })
    return await packAgent({
      directory,
      into: join(into, kind),
      version: '3.6.1.1',
      os: 'ubuntu',
      arch: 'amd64',
    })
  } finally {
    await rm(directory, { recursive: true })
  }
}
