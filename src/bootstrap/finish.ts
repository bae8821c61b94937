import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloadAgent } from '../agents/index.ts'
import type { AgentBinary } from '../environ/agents.ts'
import { NONCE_FILE } from '../cloudinit/index.ts'
import { addressesOf } from '../environ/api-info.ts'
import type { BootstrapContext, BootstrapDialOpts } from '../environ/bootstrap.ts'
import { INSTANCE_USER } from '../environ/constants.ts'
import type { Environ } from '../environ/environ.ts'
import { EnvironsError } from '../environ/errors.ts'
import type { Instance } from '../environ/instance.ts'
import type { ControllerSetup, InstanceConfig } from '../environ/instance-config.ts'
import { hasNonce, type SshConnection, upload, waitForMachine } from '../ssh/index.ts'
import { AGENT_COMMANDS, AGENT_FILES, AGENT_UNIT } from './agent-service.ts'

const MIB = 1024 * 1024
/** Unpacking may take long on a slow disk. */
const COMMAND_MS = 300_000
const LOG_MS = 10_000

async function uploadAgent(
  machine: SshConnection,
  agent: AgentBinary,
  context: BootstrapContext,
): Promise<void> {
  const { signal } = context
  const directory = await mkdtemp(join(tmpdir(), 'environs-agent-'))
  try {
    const file = join(directory, 'agent.tar.gz')
    await downloadAgent(agent, file, { signal })
    context.info(`Sending the agent to ${machine.host} (${Math.ceil(agent.size / MIB)} MiB)`)
    await upload(machine, AGENT_FILES.archive, { file }, { sudo: true, signal })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function install(
  machine: SshConnection,
  agent: AgentBinary,
  { agentConfig }: ControllerSetup,
  context: BootstrapContext,
): Promise<void> {
  const { signal } = context
  const options = { signal, timeout: COMMAND_MS }
  await machine.run('making directories', AGENT_COMMANDS.makeDirectories, options)
  await uploadAgent(machine, agent, context)
  await machine.run('unpacking the agent', AGENT_COMMANDS.unpack, options)
  await upload(machine, AGENT_FILES.config, agentConfig, { sudo: true, mode: 0o600, signal })
  await upload(machine, AGENT_FILES.unit, AGENT_UNIT, { sudo: true, mode: 0o644, signal })
  context.info('Starting the agent')
  await machine.run('starting the agent', AGENT_COMMANDS.start, options)
}

/** The error of a step, with what the agent said: its log is gone with the machine. */
async function withLog(error: unknown, machine: SshConnection): Promise<unknown> {
  const log = await machine.exec(AGENT_COMMANDS.readLog, { timeout: LOG_MS }).catch(() => undefined)
  const said = log?.stdout.trim()
  if (!said || !(error instanceof EnvironsError)) return error
  return new EnvironsError(`${error.message}\nThe agent said:\n${said}`, {
    cause: error,
    operation: 'bootstrap',
  })
}

/**
 * Turns a started instance into a controller, over SSH with the host keys that it was given, or has of its own: waits until it is done with
 * its user data, brings the agent and its configuration, and starts it (Juju: `FinishBootstrap`). Does nothing when the
 * instance is to run no agent.
 * @throws UntrustedError when another machine answers, TimeoutError when none does, CommandError when a step fails
 */
export async function finishBootstrap(
  environ: Environ,
  { id, sshHostKeys: ownHostKeys }: Instance,
  context: BootstrapContext,
  { agentBinary, controller, sshHostKeys = [], machineNonce }: InstanceConfig,
  dialOpts: BootstrapDialOpts,
): Promise<void> {
  if (!controller || !agentBinary) return
  const { signal, clock, dialer } = context
  await using machine = await waitForMachine(
    {
      user: INSTANCE_USER,
      privateKey: controller.sshPrivateKey,
      hostKeys: ownHostKeys ?? sshHostKeys.map(({ publicKey }) => publicKey),
      addresses: async (options) => (await addressesOf(environ, [id], options)).map(({ value }) => value),
      isReady: async (connection, options) => await hasNonce(connection, NONCE_FILE, machineNonce, options),
    },
    {
      clock,
      dialer,
      dialOpts,
      signal,
      onAttempt: (host) => context.info(`Attempting to connect to ${host}:22`),
    },
  )
  context.info(`Connected to ${machine.host}`)
  try {
    await install(machine, agentBinary, controller, context)
  } catch (error) {
    signal.throwIfAborted()
    throw await withLog(error, machine)
  }
}
