import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { shellWord } from './cloud-config.ts'
import type { GuestRoot } from './root.ts'

const UNITS = '/etc/systemd/system'
const WANTED = `${UNITS}/multi-user.target.wants`

/** Runs a program until its standard input ends: also when whoever started it was killed. */
const KEEPER = `const [program, ...args] = process.argv.slice(1)
const child = require('node:child_process').spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
child.on('error', (error) => { console.error(error.message); process.exit(127) })
child.on('exit', (code) => process.exit(code ?? 1))
process.stdin.on('end', () => {
  child.kill()
  setTimeout(() => child.kill('SIGKILL'), 5000)
}).resume()`

/** Passes on its arguments, and tells what comes back. */
const SYSTEMCTL = `const [socketPath, ...args] = process.argv.slice(1)
const path = '/' + encodeURIComponent(args.join('\\n'))
const request = require('node:http').request({ socketPath, path, method: 'POST' }, (response) => {
  response.pipe(process.stdout)
  process.exitCode = response.statusCode === 200 ? 0 : 3
})
request.on('error', (error) => { console.error(error.message); process.exitCode = 1 })
request.end()`

/** What a service tells of where it listens: the machine's port, and where on the host that is. */
const LISTENING = /listening on port (\d+) at ([\d.]+):(\d+)/

interface Service {
  readonly process: ChildProcess
  readonly ports: Map<number, { readonly host: string; readonly port: number }>
}

const section = (text: string, key: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1).trim()] : []))

/** The services of a guest, and the `systemctl` that its programs call. */
export class Services {
  readonly #root: GuestRoot
  readonly #running = new Map<string, Service>()
  #control: HttpServer | undefined

  constructor(root: GuestRoot) {
    this.#root = root
  }

  /** Puts `systemctl` in its place and starts what is enabled. */
  async boot(): Promise<void> {
    await this.#listen()
    for (const unit of await readdir(this.#root.at(WANTED)).catch(() => [])) await this.#start(unit)
  }

  /** A connection to a port that a service listens on. @throws Error when none does */
  async dial(port: number): Promise<Duplex> {
    for (const { ports } of this.#running.values()) {
      const at = ports.get(port)
      if (!at) continue
      const socket = connect(at)
      await once(socket, 'connect')
      return socket
    }
    throw new Error(`nobody listens on port ${port}`)
  }

  /** Over once none runs any more. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((unit) => this.#stop(unit)))
    const control = this.#control
    this.#control = undefined
    if (control) await new Promise<void>((resolve) => void control.close(() => resolve()))
  }

  async #listen(): Promise<void> {
    const server = createHttpServer((request, response) => {
      const args = decodeURIComponent((request.url ?? '').slice(1)).split('\n')
      this.#systemctl(args).then(
        ({ code, said }) => response.writeHead(code === 0 ? 200 : 500).end(`${said}\n`),
        (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
      )
    })
    const socket = this.#root.at('/run/systemd.sock')
    await rm(socket, { force: true })
    server.listen(socket)
    await once(server, 'listening')
    this.#control = server
    const program = [process.execPath, '-e', SYSTEMCTL, '--', socket].map(shellWord).join(' ')
    await this.#root.addProgram('systemctl', `#!/bin/sh\nexec ${program} "$@"\n`)
  }

  async #systemctl(args: readonly string[]): Promise<{ code: number; said: string }> {
    const [verb = '', ...names] = args.filter((arg) => !arg.startsWith('-'))
    const now = args.includes('--now')
    const units = names.map((name) => (/\.\w+$/.test(name) ? name : `${name}.service`))
    for (const unit of units) {
      if (verb === 'is-active')
        return this.#running.has(unit) ? { code: 0, said: 'active' } : { code: 3, said: 'inactive' }
      if (verb === 'enable') await this.#enable(unit)
      if (verb === 'disable') await rm(this.#root.at(`${WANTED}/${unit}`), { force: true })
      if (verb === 'stop' || verb === 'restart' || (verb === 'disable' && now)) await this.#stop(unit)
      if (verb === 'start' || verb === 'restart' || (verb === 'enable' && now)) await this.#start(unit)
    }
    return { code: 0, said: '' }
  }

  async #enable(unit: string): Promise<void> {
    await readFile(this.#root.at(`${UNITS}/${unit}`))
    await mkdir(this.#root.at(WANTED), { recursive: true })
    await symlink(`../${unit}`, this.#root.at(`${WANTED}/${unit}`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }

  async #start(unit: string): Promise<void> {
    if (this.#running.has(unit)) return
    const text = this.#root.translated(await readFile(this.#root.at(`${UNITS}/${unit}`), 'utf8'))
    const [command] = section(text, 'ExecStart')
    if (!command) throw new Error(`${unit} has no ExecStart`)
    const variables = Object.fromEntries(
      section(text, 'Environment').map((entry) => entry.replace(/^"|"$/g, '').split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>
    const child = spawn(process.execPath, ['-e', KEEPER, '--', ...command.split(/\s+/)], {
      cwd: this.#root.path,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...variables, ENVIRONS_AGENT_LISTEN: '127.0.0.1:0' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const service: Service = { process: child, ports: new Map() }
    this.#running.set(unit, service)
    child.once('exit', () => this.#running.delete(unit))
    const log = createWriteStream(this.#root.at(`/var/log/${unit}.log`), { flags: 'a' })
    child.stdout.on('data', (chunk: Buffer) => {
      const [, port, host, at] = LISTENING.exec(chunk.toString()) ?? []
      if (port !== undefined && host !== undefined)
        service.ports.set(Number(port), { host, port: Number(at) })
      log.write(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => log.write(chunk))
    child.once('close', () => log.end())
  }

  async #stop(unit: string): Promise<void> {
    const child = this.#running.get(unit)?.process
    if (!child) return
    const over = once(child, 'close')
    child.stdin?.end()
    await over
  }
}
