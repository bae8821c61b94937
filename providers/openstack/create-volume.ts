import {
  type AvailabilityZone,
  deadline,
  EnvironsError,
  findError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  type Volume,
  type VolumeParams,
} from 'cloud-environs/provider'
import { type CreateVolume, outcomeUnknown } from './api/index.ts'
import { volumeName } from './names.ts'
import type { Scope } from './scope.ts'
import { modelServer } from './servers-of-model.ts'
import { deleteVolume, isOurs, modelTag, TAG_INTENDED_MACHINE } from './volumes-of-model.ts'

/** The type of storage provider. */
export const CINDER = 'cinder'

/** Attribute of storage pools: name or id of Cinder's volume type. */
const VOLUME_TYPE = 'volume-type'

const MIB_PER_GIB = 1024

/** How long undoing a failed create may take: 2 minutes. */
const UNDO_TIMEOUT_MS = 120_000

/** How often, and how far apart, a volume is looked for that may have been made: Cinder may still be at it. */
const FIND_ATTEMPTS = 4
const FIND_DELAY_MS = 1_000

type NamedVolume = CreateVolume & { readonly name: string }

/** What Cinder is to be asked for. @throws NotValidError for what can never work */
export async function volumeRequest(
  scope: Scope,
  { tag, provider, size, attributes = {}, resourceTags, attachment }: VolumeParams,
  signal?: AbortSignal,
): Promise<NamedVolume> {
  const resource = `volume "${tag}"`
  if (provider !== CINDER) {
    throw new NotValidError(`${resource} is to be of storage provider "${provider}"`, {
      resource,
      hint: `this source makes volumes of "${CINDER}"`,
    })
  }
  if (!(size > 0 && Number.isFinite(size))) {
    throw new NotValidError(`${size} is not the size of a volume`, { resource, hint: 'give MiB, at least 1' })
  }
  const { [VOLUME_TYPE]: volumeType, ...others } = attributes
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new NotValidError(`storage attribute "${unknown}" is not known`, {
      resource,
      hint: `"${CINDER}" has: ${VOLUME_TYPE}`,
    })
  }
  const [type, availabilityZone] = await Promise.all([
    knownType(scope, volumeType, signal),
    attachment?.instanceId === undefined ? undefined : zoneBeside(scope, attachment.instanceId, signal),
  ])
  return {
    name: volumeName(scope.config(), tag),
    size: Math.ceil(size / MIB_PER_GIB),
    volumeType: type,
    availabilityZone,
    metadata: {
      ...resourceTags,
      ...modelTag(scope),
      ...(attachment ? { [TAG_INTENDED_MACHINE]: attachment.machineId } : {}),
    },
  }
}

/** @throws NotValidError naming the types there are */
async function knownType(
  { connection, coalescer }: Scope,
  wanted: unknown,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (wanted === undefined) return undefined
  const types = await coalescer.share('volume types', signal, (signal) =>
    connection.blockStorage.volumeTypes.all({}, { signal }),
  )
  const type = types.find(({ id, name }) => id === wanted || name === wanted)
  if (type) return type.id
  throw new NotValidError(`volume type ${JSON.stringify(wanted)} not found`, {
    resource: `storage attribute ${VOLUME_TYPE}`,
    hint: `the volume types are: ${types.map(({ name }) => name).join(', ')}`,
  })
}

/** The zone of an instance, if Cinder has one of that name; else Cinder is left the choice. */
async function zoneBeside(
  scope: Scope,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [{ availabilityZone }, zones] = await Promise.all([
    modelServer(scope, instanceId, signal),
    cinderZones(scope, signal),
  ])
  return zones.find(({ name, available }) => available && name === availabilityZone)?.name
}

async function cinderZones(
  { connection, coalescer }: Scope,
  signal: AbortSignal | undefined,
): Promise<readonly AvailabilityZone[]> {
  try {
    return await coalescer.share('zones of volumes', signal, (signal) =>
      connection.blockStorage.availabilityZones.all({ signal }),
    )
  } catch (error) {
    if (findError(error, NotSupportedError) || findError(error, NotFoundError)) return []
    throw error
  }
}

/** Makes a volume and waits until it is available. A failure leaves nothing behind. */
export async function createVolume(
  scope: Scope,
  params: VolumeParams,
  signal?: AbortSignal,
): Promise<Volume> {
  const { volumes } = scope.connection.blockStorage
  const request = await volumeRequest(scope, params, signal)
  signal?.throwIfAborted()
  let id: string | undefined
  try {
    id = await create(scope, request, signal)
    const { size } = await volumes.waitForStatus(id, { signal })
    return { tag: params.tag, volumeId: id, size: size * MIB_PER_GIB, persistent: true }
  } catch (error) {
    const maybe = signal?.aborted === true || outcomeUnknown(error)
    throw await undo(scope, request.name, { id, maybe }, error)
  }
}

/** The id of the new volume. When the answer was lost, the volume is looked for before anything else. */
async function create(scope: Scope, request: NamedVolume, signal: AbortSignal | undefined): Promise<string> {
  try {
    return (await scope.connection.blockStorage.volumes.create(request, { signal })).id
  } catch (error) {
    if (!outcomeUnknown(error)) throw error
    const made = await findSoon(scope, request.name, signal)
    if (made === undefined) throw error
    return made
  }
}

/** The volume of that name in the model: names are never used twice, so there is at most one. */
async function findSoon(
  scope: Scope,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const named = await scope.connection.blockStorage.volumes.all({ name }, { signal })
    const made = named.find((volume) => volume.name === name && isOurs(scope, volume))
    if (made || attempt === FIND_ATTEMPTS) return made?.id
    await scope.services.clock.sleep(FIND_DELAY_MS, { signal })
  }
}

/** Removes what was made, or may have been made; gives the error to throw. */
async function undo(
  scope: Scope,
  name: string,
  made: { readonly id: string | undefined; readonly maybe: boolean },
  error: unknown,
): Promise<unknown> {
  const { clock, logger } = scope.services
  // Not the caller's signal: that may be what ended the create.
  using limit = deadline(clock, UNDO_TIMEOUT_MS, 'removing a failed volume took longer than 2 minutes')
  const { signal } = limit
  try {
    const id = made.id ?? (made.maybe ? await findSoon(scope, name, signal) : undefined)
    if (id !== undefined) await deleteVolume(scope, id, modelTag(scope), signal)
    return error
  } catch (undoError) {
    logger.error('removing a failed volume failed', { volume: name, error: undoError })
    const reason = error instanceof Error ? error.message : String(error)
    return new EnvironsError(`${reason}; and volume "${name}" could not be removed`, {
      cause: new AggregateError([error, undoError]),
      operation: 'createVolumes',
      resource: `volume "${name}"`,
      hint: 'destroying the model removes it',
    })
  }
}
