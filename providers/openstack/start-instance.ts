import {
  type CallOptions,
  deadline,
  EnvironsError,
  type HardwareCharacteristics,
  type InstanceSpec,
  NotValidError,
  renderUserData,
  type StartInstanceParams,
  TAG_MACHINE,
  TAG_MODEL,
  ZoneIndependentError,
} from 'cloud-environs/provider'
import { outcomeUnknown, type Server } from './api/index.ts'
import { chooseInstanceSpec } from './instance-spec.ts'
import { ensureMachineGroups, type MachineOwner } from './machine-groups.ts'
import { groupNames, serverName } from './names.ts'
import { modelNetworks } from './networks.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { deleteServer } from './servers-of-model.ts'
import { whenActive } from './server-status.ts'
import { placementZone } from './zones.ts'

/** Nova's limit for user data, encoded. */
const USER_DATA_LIMIT = 65_535

/** How long undoing a failed start may take: 2 minutes. */
const UNDO_TIMEOUT_MS = 120_000

/** How often, and how far apart, a server is looked for that may have been made: Nova may still be at it. */
const FIND_ATTEMPTS = 4
const FIND_DELAY_MS = 1_000

/** Failures that another zone may cure: it is full, or it is not there. Nova tells them by its text alone. */
const ZONE_FAILURE = /No valid host was found|availability zone/i

/** A server that runs, and what it is made of. */
export interface StartedServer {
  readonly server: Server
  readonly hardware: HardwareCharacteristics
}

/** Starts servers. A failure removes what it made; a success is a server that is ACTIVE. */
export class InstanceStarter {
  readonly #scope: Scope
  readonly #groups: SecurityGroups

  constructor(scope: Scope, groups: SecurityGroups) {
    this.#scope = scope
    this.#groups = groups
  }

  /** See `InstanceBroker.startInstance`. */
  async start(params: StartInstanceParams, { signal }: CallOptions = {}): Promise<StartedServer> {
    try {
      return await this.#start(params, signal)
    } catch (error) {
      if (signal?.aborted) throw error
      if (
        error instanceof ZoneIndependentError ||
        (error instanceof Error && ZONE_FAILURE.test(error.message))
      )
        throw error
      throw new ZoneIndependentError(error)
    }
  }

  async #start(params: StartInstanceParams, signal: AbortSignal | undefined): Promise<StartedServer> {
    const { instanceConfig, constraints, controllerUuid, imageMetadata: images } = params
    if (!instanceConfig.machineNonce)
      throw new NotValidError('missing machine nonce', { operation: 'startInstance' })
    const [zone, spec, networks, userData] = await Promise.all([
      params.availabilityZone ?? placementZone(this.#scope, params.placement, signal),
      chooseInstanceSpec(this.#scope, { base: instanceConfig.base, constraints, images }, signal),
      modelNetworks(this.#scope, signal),
      this.#userData(params),
    ])
    const owner = { controllerUuid, modelUuid: instanceConfig.modelUuid, machineId: instanceConfig.machineId }
    // Ports of a network without port security take no groups, and Nova refuses a server that would need both.
    const filtered = networks.every(({ portSecurityEnabled }) => portSecurityEnabled)
    let id: string | undefined
    let asked = false
    try {
      const securityGroups = filtered
        ? await ensureMachineGroups(this.#scope, this.#groups, owner, signal)
        : undefined
      params.statusCallback?.('allocating', `creating a server of flavor ${spec.instanceType.name}`)
      asked = true
      id = await this.#create(
        owner,
        {
          name: serverName(this.#scope.config(), instanceConfig.machineId),
          flavor: spec.instanceType.id,
          image: spec.image.id,
          userData,
          metadata: instanceConfig.tags,
          ...(networks.length === 0
            ? {}
            : { networks: networks.map((network) => ({ network: network.id })) }),
          ...(securityGroups ? { securityGroups } : {}),
          ...(zone === undefined ? {} : { availabilityZone: zone }),
        },
        signal,
      )
      params.statusCallback?.('allocating', `server ${id} is being built`)
      const server = await this.#scope.watcher.until(id, whenActive(id), {
        signal,
        goal: 'ACTIVE',
      })
      params.statusCallback?.('running', `server ${id} is ACTIVE`)
      return { server, hardware: hardwareOf(spec, server) }
    } catch (error) {
      throw await this.#undo(
        owner,
        { id, maybe: asked && (signal?.aborted === true || outcomeUnknown(error)) },
        error,
      )
    } finally {
      params.cleanupCallback?.()
    }
  }

  async #userData({ instanceConfig }: StartInstanceParams): Promise<string> {
    const encoded = Buffer.from(await renderUserData(instanceConfig)).toString('base64')
    if (encoded.length <= USER_DATA_LIMIT) return encoded
    throw new NotValidError(
      `user data is too large: ${encoded.length} characters, of at most ${USER_DATA_LIMIT}`,
      {
        hint: 'have fewer authorized keys',
      },
    )
  }

  /** The id of the new server. When the answer to the request was lost, the server is looked for before anything else. */
  async #create(
    owner: MachineOwner,
    request: Parameters<Scope['connection']['compute']['servers']['create']>[0],
    signal: AbortSignal | undefined,
  ): Promise<string> {
    try {
      return (await this.#scope.connection.compute.servers.create(request, { signal })).id
    } catch (error) {
      if (!outcomeUnknown(error)) throw error
      const made = await this.#findSoon(owner, signal)
      if (!made) throw error
      return made.id
    }
  }

  /** The server of a machine that Nova was asked for without an answer. */
  async #findSoon(owner: MachineOwner, signal: AbortSignal | undefined): Promise<Server | undefined> {
    for (let attempt = 1; ; attempt++) {
      const server = await this.#find(owner, signal)
      if (server || attempt === FIND_ATTEMPTS) return server
      await this.#scope.services.clock.sleep(FIND_DELAY_MS, { signal })
    }
  }

  /** The server of a machine: machine ids are never used twice, so there is at most one. */
  async #find(
    { modelUuid, machineId }: MachineOwner,
    signal: AbortSignal | undefined,
  ): Promise<Server | undefined> {
    const name = serverName(this.#scope.config(), machineId)
    const servers = await this.#scope.connection.compute.servers.all({ name: `^${name}$` }, { signal })
    return servers.find(
      ({ metadata }) => metadata[TAG_MODEL] === modelUuid && metadata[TAG_MACHINE] === machineId,
    )
  }

  /** Removes what was made, or may have been made, for a machine; gives the error to throw. */
  async #undo(
    owner: MachineOwner,
    made: { id: string | undefined; maybe: boolean },
    error: unknown,
  ): Promise<unknown> {
    const { services } = this.#scope
    // Not the caller's signal: that may be what ended the start.
    using limit = deadline(
      services.clock,
      UNDO_TIMEOUT_MS,
      'removing a failed server took longer than 2 minutes',
    )
    const { signal } = limit
    try {
      const id = made.id ?? (made.maybe ? (await this.#findSoon(owner, signal))?.id : undefined)
      if (id !== undefined) await deleteServer(this.#scope, id, signal)
      const name = groupNames.machine(owner.controllerUuid, owner.modelUuid, owner.machineId)
      await this.#groups.deleteWhere((group) => group === name, signal)
      return error
    } catch (undoError) {
      services.logger.error('removing what a failed start made failed', {
        machine: owner.machineId,
        error: undoError,
      })
      const reason = error instanceof Error ? error.message : String(error)
      // Trying another zone now could make a second server for the same machine.
      return new ZoneIndependentError(
        new EnvironsError(
          `${reason}; and what was made for machine ${owner.machineId} could not all be removed`,
          {
            cause: new AggregateError([error, undoError]),
            operation: 'startInstance',
            resource: `machine ${owner.machineId}`,
            hint: 'destroying the model removes the rest',
          },
        ),
      )
    }
  }
}

function hardwareOf(
  { instanceType, image }: InstanceSpec,
  { availabilityZone }: Server,
): HardwareCharacteristics {
  const { cpuCores, mem, rootDisk, name } = instanceType
  return {
    arch: image.arch,
    cpuCores,
    mem,
    instanceType: name,
    ...(rootDisk === 0 ? {} : { rootDisk }),
    ...(availabilityZone ? { availabilityZone } : {}),
  }
}
