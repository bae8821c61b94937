import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { newModelConfig } from '../config/index.ts'
import {
  type Environ,
  EnvironsError,
  type ProviderPlugin,
  TAG_MACHINE,
  UnavailableError,
} from '../environ/index.ts'
import { createEnvirons } from '../runtime/index.ts'
import { type AgentConfig, parseAgentConfig } from './agent-config.ts'
import type { ControllerMachine } from './api.ts'
import { apiServer } from './server.ts'
import { Sessions } from './sessions.ts'

/** How an agent is run. */
export interface AgentOptions {
  /** Path of its `agent.conf`. */
  readonly configFile: string
  readonly plugins: readonly ProviderPlugin[]
  /** Of the agent. */
  readonly version: string
  /** Where to listen. Default: at every address, on the port of its configuration. */
  readonly listen?: { readonly host: string; readonly port: number }
}

/** A running agent. Disposing it ends it. */
export interface RunningAgent extends AsyncDisposable {
  /** The port that others know it by. */
  readonly apiPort: number
  /** Where it listens. */
  readonly address: AddressInfo
}

/** Of the cloud, as an error of this controller's own: a 401 from there must not say that its client is not logged in. */
function cloudFailed(cause: unknown): unknown {
  return cause instanceof EnvironsError
    ? new UnavailableError(`the cloud failed: ${cause.message}`, { cause })
    : cause
}

const machineOf = async (
  instance: Awaited<ReturnType<Environ['allInstances']>>[number],
  signal: AbortSignal,
): Promise<ControllerMachine> => {
  const { id, displayName, status, tags, availabilityZone } = instance
  const machineId = tags[TAG_MACHINE]
  const addresses = await instance.addresses({ signal })
  return {
    ...(machineId === undefined ? {} : { machineId }),
    instanceId: id,
    name: displayName,
    state: status.state,
    status: status.message,
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    addresses: addresses.map(({ value }) => value),
  }
}

/** Opened when it is first asked for: a controller whose cloud cannot be reached still answers. */
function opener({ cloud, modelConfig, controllerUuid, modelUuid }: AgentConfig, options: AgentOptions) {
  const open = async (): Promise<Environ> => {
    const environs = await createEnvirons({ plugins: options.plugins })
    const config = await newModelConfig({ ...modelConfig, uuid: modelUuid, type: cloud.type })
    return await environs.open({ cloud, config, controllerUuid })
  }
  let opened: Promise<Environ> | undefined
  return {
    environ: () => (opened ??= open()),
    close: async () => await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose](),
  }
}

/**
 * Runs the reference controller agent: the API over HTTPS with the controller's certificate.
 * @throws NotValidError for a configuration that cannot be used, UnavailableError when the port is taken
 */
export async function runAgent(options: AgentOptions): Promise<RunningAgent> {
  const { configFile, version } = options
  const config = parseAgentConfig(await readFile(configFile, 'utf8'), configFile)
  const { controllerName, controllerUuid, modelUuid, cloud } = config
  const { logger, clock } = await createEnvirons({})
  const started = new Date(clock.now()).toISOString()
  const { environ, close } = opener(config, options)
  const server = apiServer({
    cert: config.serverCert,
    key: config.serverKey.reveal(),
    sessions: new Sessions(config.adminPasswordHash, clock),
    logger,
    state: {
      health: () => ({ status: 'ok', controllerUuid, version }),
      info: () => ({
        name: controllerName,
        controllerUuid,
        modelUuid,
        version,
        cloud: {
          type: cloud.type,
          name: cloud.name,
          ...(cloud.region === undefined ? {} : { region: cloud.region }),
        },
        started,
      }),
      machines: async (signal) => {
        try {
          const instances = await (await environ()).allInstances({ signal })
          return await Promise.all(instances.map((instance) => machineOf(instance, signal)))
        } catch (error) {
          throw cloudFailed(error)
        }
      },
    },
  })
  // Without a host: of both families, or of the one that the machine has.
  const listen = options.listen ?? { port: config.apiPort }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new UnavailableError(`cannot listen on port ${listen.port}: ${cause.message}`, { cause })),
    )
    server.listen(listen, resolve)
  })
  return {
    apiPort: config.apiPort,
    address: server.address() as AddressInfo,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await close()
    },
  }
}
