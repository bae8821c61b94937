import {
  type CallOptions,
  type Constraints,
  encodeUserData,
  type HardwareCharacteristics,
  type InstanceSpec,
  type InterfaceInfo,
  NotValidError,
  renderUserData,
  type StartInstanceParams,
  TAG_MACHINE,
  TAG_MODEL,
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
import { ensureMachineGroups, markOf } from './machine-groups.ts'
import { planMachine } from './machine-plan.ts'
import { createMachinePorts, interfaceInfos } from './machine-ports.ts'
import { removeMarked } from './machine-resources.ts'
import { serverName } from './names.ts'
import { allocatePublicAddress } from './public-addresses.ts'
import { bootsFromVolume, bootVolumeGib, rootDiskOf } from './root-disk.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { createServer, undo } from './server-creation.ts'
import { whenActive } from './server-status.ts'

/** Nova's limit for user data, encoded. */
const USER_DATA_LIMIT = 65_535

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
    const { modelUuid, machineId } = instanceConfig
    const owner = { controllerUuid, modelUuid, machineId }
    const mark = markOf(owner)
    // Machine ids are never used twice.
    const serverMark = {
      name: serverName(this.#scope.config(), machineId),
      tags: { [TAG_MODEL]: modelUuid, [TAG_MACHINE]: machineId },
    }
    let id: string | undefined
    let asked = false
    try {
      const securityGroups = grouped
        ? await ensureMachineGroups(this.#scope, this.#groups, owner, signal)
        : undefined
      const ports = await createMachinePorts(this.#scope, subnets, securityGroups, mark, signal)
      params.statusCallback?.('allocating', `creating a server of flavor ${spec.instanceType.name}`)
      asked = true
      id = await createServer(
        this.#scope,
        serverMark,
        {
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
      const undone = await undo(
        this.#scope,
        {
          of: `machine ${machineId}`,
          operation: 'startInstance',
          hint: 'collect what no machine owns ("environs gc"), or destroy the model, to remove the rest',
          mark: serverMark,
          id,
          maybe: asked && (signal?.aborted === true || outcomeUnknown(error)),
          removeRest: (removal, signal) =>
            removeMarked(this.#scope, this.#groups, (each) => each === mark, removal, signal),
        },
        error,
      )
      // Trying another zone now could make a second server for the same machine.
      throw undone === error ? error : new ZoneIndependentError(undone)
    } finally {
      params.cleanupCallback?.()
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
