import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { ControllerMachineAccess } from '../../runtime/index.ts'
import { NotFoundError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import type { ControllerOption } from './status.ts'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))

/** A command of a day, not of a minute. */
const COMMAND_MS = 24 * 3_600_000

export async function ssh(
  context: Context,
  command: readonly string[],
  { controller }: ControllerOption,
): Promise<void> {
  const { signal } = context
  const environs = await context.environs()
  const access = await environs.machineAccess(await context.controllerName(controller), { signal })
  if (command.length === 0) return await openSsh(access, signal)
  await using machine = await access.connect({ signal })
  const { code } = await machine.exec(command.join(' '), {
    signal,
    timeout: COMMAND_MS,
    onOutput: (text, stream) => process[stream].write(text),
  })
  process.exitCode = code
}

/** A terminal is for OpenSSH's own command, which is told whom to expect. */
async function openSsh(
  { user, host, privateKey, hostKeys }: ControllerMachineAccess,
  signal: AbortSignal,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'environs-ssh-'))
  try {
    const [identity, knownHosts] = [join(directory, 'identity'), join(directory, 'known_hosts')]
    await writeFile(identity, privateKey.reveal(), { mode: 0o600 })
    await writeFile(knownHosts, hostKeys.map((key) => `${host} ${key}\n`).join(''), { mode: 0o600 })
    const options = {
      IdentityFile: identity,
      IdentitiesOnly: 'yes',
      UserKnownHostsFile: knownHosts,
      GlobalKnownHostsFile: '/dev/null',
      StrictHostKeyChecking: 'yes',
      ProxyCommand: `"${process.execPath}" "${MAIN}" dial %h %p`,
    }
    const args = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    const child = spawn('ssh', ['-F', 'none', ...args, `${user}@${host}`], { stdio: 'inherit', signal })
    const [code] = (await once(child, 'close').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
      throw new NotFoundError('there is no command "ssh" here', {
        cause,
        hint: 'install OpenSSH, or give a command to run',
      })
    })) as [number | null]
    process.exitCode = code ?? 1
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Standard input and output, to a port of a machine. */
export async function dial(context: Context, host: string, port: string): Promise<void> {
  const { dialer } = await context.environs()
  const socket = await dialer.dial({ host, port: Number(port) }, { signal: context.signal })
  await Promise.all([pipeline(process.stdin, socket), pipeline(socket, process.stdout)])
}
