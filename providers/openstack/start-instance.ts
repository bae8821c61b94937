import {
  type CallOptions,
  type Constraints,
  deadline,
  encodeUserData,
  EnvironsError,
  findError,
  type HardwareCharacteristics,
  type InstanceSpec,
  type InterfaceInfo,
  NotValidError,
  RateLimitedError,
  renderUserData,
  type StartInstanceParams,
  TAG_MACHINE,
  TAG_MODEL,
  TimeoutError,
  UnavailableError,
  withAgent,
  ZoneIndependentError,
} from 'cloud-environs/provider'
import {
  type CreateServer,
  type FloatingIp,
  type Network,
  outcomeUnknown,
  type Port,
  type Server,
} from './api/index.ts'
import { ensureMachineGroups, type MachineOwner, markOf } from './machine-groups.ts'
import { planMachine } from './machine-plan.ts'
import { createMachinePorts, interfaceInfos } from './machine-ports.ts'
import { removeMarked } from './machine-resources.ts'
import { serverName } from './names.ts'
import { allocatePublicAddress } from './public-addresses.ts'
import { Removal } from './removal.ts'
import { bootsFromVolume, bootVolumeGib, rootDiskOf } from './root-disk.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { deleteServer } from './servers-of-model.ts'
import { whenActive } from './server-status.ts'

/** Nova's limit for user data, encoded. */
const USER_DATA_LIMIT = 65_535

/** How long undoing a failed start may take: 2 minutes. */
const UNDO_TIMEOUT_MS = 120_000

/** How often, and how far apart, it is tried. */
const UNDO_ATTEMPTS = 5
const UNDO_DELAY_MS = 2_000

/** Failures that a cloud gets over. */
const PASSING = [UnavailableError, RateLimitedError, TimeoutError]

/** How often, and how far apart, a server is looked for that may have been made: Nova may still be at it. */
const FIND_ATTEMPTS = 4
const FIND_DELAY_MS = 1_000

/** Failures that another zone may cure: it is full, or it is not there. Nova tells them by its text alone. */
const ZONE_FAILURE = /No valid host was found|availability zone|zone "[^"]*" is unavailable/i

const MIB_PER_GIB = 1024

/** A server that runs, and what it is made of. */
export interface StartedServer {
  readonly server: Server
  readonly floatingIps: readonly FloatingIp[]
  readonly hardware: HardwareCharacteristics
  readonly networkInfo: readonly InterfaceInfo[]
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
    const { instanceConfig, constraints, controllerUuid, imageMetadata: images, tools } = params
    if (!instanceConfig.machineNonce)
      throw new NotValidError('missing machine nonce', { operation: 'startInstance' })
    const { base } = instanceConfig
    const plan = await planMachine(this.#scope, { ...params, base, images }, signal)
    const { spec, zone, networks, subnets, grouped, wayOut } = plan
    const userData = encodeUserData(
      await renderUserData(withAgent(instanceConfig, tools, spec.image.arch)),
      USER_DATA_LIMIT,
    )
    const owner = { controllerUuid, modelUuid: instanceConfig.modelUuid, machineId: instanceConfig.machineId }
    const mark = markOf(owner)
    let id: string | undefined
    let asked = false
    try {
      const securityGroups = grouped
        ? await ensureMachineGroups(this.#scope, this.#groups, owner, signal)
        : undefined
      const ports = await createMachinePorts(this.#scope, subnets, securityGroups, mark, signal)
      params.statusCallback?.('allocating', `creating a server of flavor ${spec.instanceType.name}`)
      asked = true
      id = await this.#create(
        owner,
        {
          name: serverName(this.#scope.config(), instanceConfig.machineId),
          flavor: spec.instanceType.id,
          ...rootDiskOf(constraints, spec.image),
          userData,
          metadata: instanceConfig.tags,
          ...serverNetworks(networks, ports),
          // The groups of ports that were made for it are theirs already.
          ...(securityGroups && ports.length === 0 ? { securityGroups } : {}),
          ...(zone === undefined ? {} : { availabilityZone: zone }),
        },
        signal,
      )
      params.statusCallback?.('allocating', `server ${id} is being built`)
      const server = await this.#scope.watcher.until(id, whenActive(id), { signal, goal: 'ACTIVE' })
      const floatingIp = wayOut && (await allocatePublicAddress(this.#scope, id, wayOut, mark, signal))
      params.statusCallback?.('running', `server ${id} is ACTIVE`)
      return {
        server,
        floatingIps: floatingIp ? [floatingIp] : [],
        hardware: hardwareOf(spec, server, constraints),
        networkInfo: interfaceInfos(ports),
      }
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

  /** The id of the new server. When the answer to the request was lost, the server is looked for before anything else. */
  async #create(
    owner: MachineOwner,
    request: CreateServer,
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

  /** Removes it all, again when the cloud fails for the moment. */
  async #remove(
    owner: MachineOwner,
    { id, maybe }: { id: string | undefined; maybe: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const mark = markOf(owner)
    for (let attempt = 1; ; attempt++) {
      try {
        const made = id ?? (maybe ? (await this.#findSoon(owner, signal))?.id : undefined)
        if (made !== undefined) await deleteServer(this.#scope, made, signal)
        const removal = new Removal()
        await removeMarked(this.#scope, this.#groups, (each) => each === mark, removal, signal)
        removal.throwRefused('startInstance')
        return
      } catch (error) {
        const passes = PASSING.some((type) => findError(error, type))
        if (!passes || attempt === UNDO_ATTEMPTS || signal.aborted) throw error
        await this.#scope.services.clock.sleep(UNDO_DELAY_MS, { signal })
      }
    }
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
    try {
      await this.#remove(owner, made, limit.signal)
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
            hint: 'collect what no machine owns ("environs gc"), or destroy the model, to remove the rest',
          },
        ),
      )
    }
  }
}

/** The networks, or the ports that were made on them. None of either leaves it to Nova. */
function serverNetworks(
  networks: readonly Network[],
  ports: readonly Port[],
): Pick<CreateServer, 'networks'> {
  if (ports.length > 0) return { networks: ports.map(({ id }) => ({ port: id })) }
  return networks.length === 0 ? {} : { networks: networks.map(({ id }) => ({ network: id })) }
}

function hardwareOf(
  { instanceType, image }: InstanceSpec,
  { availabilityZone }: Server,
  constraints: Constraints,
): HardwareCharacteristics {
  const { arch, minDisk, virtType = instanceType.virtType } = image
  const { cpuCores, mem, rootDisk, name } = instanceType
  const volume = bootsFromVolume(constraints)
  const disk = volume ? bootVolumeGib(constraints, minDisk) * MIB_PER_GIB : rootDisk
  return {
    arch,
    cpuCores,
    mem,
    instanceType: name,
    ...(disk === 0 ? {} : { rootDisk: disk }),
    ...(volume ? { rootDiskSource: 'volume' } : {}),
    ...(virtType ? { virtType } : {}),
    ...(availabilityZone ? { availabilityZone } : {}),
  }
}
