import { strict as assert } from 'node:assert'
import { importsVolumes } from '../../environ/capabilities.ts'
import { ConflictError, type ErrorClass, type EnvironsError, findError } from '../../environ/errors.ts'
import { NotFoundError, NotValidError } from '../../environ/errors.ts'
import type {
  BatchResult,
  VolumeAttachmentParams,
  VolumeParams,
  VolumeSource,
} from '../../environ/storage.ts'
import { TAG_MODEL } from '../../environ/tags.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection, rejectionOf } from '../rejection.ts'
import { NotHere } from '../not-here.ts'
import type { Trial, TrialModel } from '../trial.ts'

/** Volumes of one kind in a model. */
interface Volumes {
  readonly model: TrialModel
  readonly source: VolumeSource
  /** What the n-th volume is to be. */
  readonly params: (n: number, size?: number) => VolumeParams
  /** Makes the n-th; gives its id. */
  readonly make: (n: number) => Promise<string>
}

function valueOf<T>(result: BatchResult<T> | undefined): T {
  if (result?.ok) return result.value
  throw result?.error ?? new Error('there is no result')
}

/** Each result is the error of that class, or a success where there is none. */
function outcomes(
  results: readonly BatchResult<unknown>[],
  expected: readonly (ErrorClass<EnvironsError> | undefined)[],
): void {
  assert.equal(results.length, expected.length, 'there is not one result for each item')
  for (const [index, type] of expected.entries()) {
    const result = results[index]
    if (!type) valueOf(result)
    else assert.ok(result && !result.ok && findError(result.error, type), `result ${index} is not the error`)
  }
}

/** The first kind of storage that volumes can be made of. @throws NotHere */
async function volumesOf(model: TrialModel): Promise<Volumes> {
  for (const provider of await model.environ.storageProviderTypes()) {
    const storage = await model.environ.storageProvider(provider)
    if (!storage.dynamic || storage.scope !== 'environ') continue
    const source = storage.volumeSource()
    const params = (n: number, size = 1024): VolumeParams => ({
      tag: `volume-${n}`,
      size,
      provider,
      resourceTags: model.tags(),
    })
    const make = async (n: number) => valueOf((await source.createVolumes([params(n)]))[0]).volumeId
    return { model, source, params, make }
  }
  throw new NotHere('the provider has no storage that volumes can be made of')
}

const volumes = async (trial: Trial, controllerUuid?: string): Promise<Volumes> =>
  await volumesOf(await trial.model(controllerUuid === undefined ? {} : { controllerUuid }))

/** A volume, and how it is attached to a machine. */
async function attachable(
  trial: Trial,
): Promise<Volumes & { attachment: VolumeAttachmentParams; id: string }> {
  const all = await volumes(trial)
  const [{ instance }, id] = await Promise.all([all.model.start(), all.make(0)])
  const attachment = { volumeTag: 'volume-0', volumeId: id, machineId: '0', instanceId: instance.id }
  return { ...all, id, attachment }
}

export const storage: readonly ConformanceCase[] = [
  {
    id: 'storage/types',
    sentence: 'every kind of storage that is listed can be had, and others give NotFoundError',
    reason: 'users name them',
    async run(trial) {
      const { environ } = await trial.model()
      for (const type of await environ.storageProviderTypes()) await environ.storageProvider(type)
      await rejectionOf(NotFoundError, environ.storageProvider('absent'))
    },
  },
  {
    id: 'storage/validate',
    sentence: 'a volume without a size is refused as not valid, and nothing is made',
    reason: 'bad input never creates anything',
    async run(trial) {
      const { source, params } = await volumes(trial)
      await source.validateVolumeParams(params(0))
      await rejectionOf(NotValidError, source.validateVolumeParams(params(0, 0)))
      outcomes(await source.createVolumes([params(0, 0)]), [NotValidError])
      assert.deepEqual(await source.listVolumes(), [])
    },
  },
  {
    id: 'storage/results-in-place',
    sentence: 'each volume of a call has its result in its place, and a failure keeps none of the others',
    reason: 'callers match results with what they asked by position',
    async run(trial) {
      const { source, params } = await volumes(trial)
      assert.deepEqual(await source.createVolumes([]), [])
      const made = await source.createVolumes([params(0), params(1, 0), params(2)])
      outcomes(made, [undefined, NotValidError, undefined])
      const [first, , third] = made
      assert.deepEqual([valueOf(first).tag, valueOf(third).tag], ['volume-0', 'volume-2'])
      const ids = [valueOf(first).volumeId, valueOf(third).volumeId]
      assert.deepEqual([...(await source.listVolumes())].sort(), ids.toSorted())
    },
  },
  {
    id: 'storage/size',
    sentence: 'a volume is at least as large as was asked, and described as it was made',
    reason: 'a charm that was promised 1025 MiB writes them',
    async run(trial) {
      const { source, params } = await volumes(trial)
      const { tag: _, ...info } = valueOf((await source.createVolumes([params(0, 1025)]))[0])
      assert.ok(info.size >= 1025, `${info.size} MiB`)
      const described = await source.describeVolumes(['absent', info.volumeId])
      outcomes(described, [NotFoundError, undefined])
      assert.deepEqual(valueOf(described[1]), info)
    },
  },
  {
    id: 'storage/destroy-twice',
    sentence: 'destroying a volume that is gone or unknown succeeds, and the others stay',
    reason: 'absence is success in every delete',
    async run(trial) {
      const { source, make } = await volumes(trial)
      const [a, b] = [await make(0), await make(1)]
      outcomes(await source.destroyVolumes([a, 'absent']), [undefined, undefined])
      outcomes(await source.destroyVolumes([a]), [undefined])
      assert.deepEqual(await source.listVolumes(), [b])
    },
  },
  {
    id: 'storage/attach',
    sentence: 'a volume is attached and detached, and twice is as good as once',
    reason: 'whoever was interrupted does it again',
    async run(trial) {
      const { source, attachment } = await attachable(trial)
      const absent = { ...attachment, volumeId: 'absent' }
      const attached = await source.attachVolumes([attachment, absent])
      outcomes(attached, [undefined, NotFoundError])
      const { volumeTag, machineId, deviceName } = valueOf(attached[0])
      assert.deepEqual([volumeTag, machineId], ['volume-0', '0'])
      assert.ok(!deviceName?.includes('/'), 'a device has a name, and no path')
      assert.deepEqual(await source.attachVolumes([attachment]), attached.slice(0, 1))
      outcomes(await source.detachVolumes([attachment, absent]), [undefined, undefined])
      outcomes(await source.detachVolumes([attachment]), [undefined])
    },
  },
  {
    id: 'storage/release-attached',
    sentence: 'a volume that is attached is not given up',
    reason: 'its machine would lose it to whoever takes it in',
    async run(trial) {
      const { source, attachment, id } = await attachable(trial)
      outcomes(await source.attachVolumes([attachment]), [undefined])
      outcomes(await source.releaseVolumes([id]), [ConflictError])
      assert.deepEqual(await source.listVolumes(), [id])
    },
  },
  {
    id: 'storage/release-and-import',
    sentence: 'a volume that is given up is nobody’s, and can be taken in again; one in use cannot',
    reason: 'it is how data moves from one model to another',
    async run(trial) {
      const { source, attachment, id, model } = await attachable(trial)
      if (!importsVolumes(source)) throw new NotHere('the provider takes no volumes in')
      outcomes(await source.releaseVolumes([id]), [undefined])
      assert.deepEqual(await source.listVolumes(), [])
      assert.equal((await source.importVolume(id, model.tags())).volumeId, id)
      assert.deepEqual(await source.listVolumes(), [id])
      await source.attachVolumes([attachment])
      await rejectionOf(ConflictError, source.importVolume(id, model.tags()))
      await rejectionOf(NotFoundError, source.importVolume('absent', model.tags()))
    },
  },
  {
    id: 'storage/destroy-attached',
    sentence: 'a volume that is attached is detached and destroyed, and its machine stays',
    reason: 'users destroy storage, and not what uses it',
    async run(trial) {
      const { source, attachment, id, model } = await attachable(trial)
      outcomes(await source.attachVolumes([attachment]), [undefined])
      outcomes(await source.destroyVolumes([id]), [undefined])
      assert.deepEqual(await source.listVolumes(), [])
      assert.deepEqual(await model.ids(), [attachment.instanceId])
    },
  },
  {
    id: 'storage/outlives-machine',
    sentence: 'a volume of its own outlives the machine that it is attached to',
    reason: 'it is made for data that has to stay',
    async run(trial) {
      const { source, attachment, id, model } = await attachable(trial)
      outcomes(await source.attachVolumes([attachment]), [undefined])
      await model.environ.stopInstances([attachment.instanceId ?? ''])
      assert.deepEqual(await source.listVolumes(), [id])
      outcomes(await source.describeVolumes([id]), [undefined])
    },
  },
  {
    id: 'storage/other-models',
    sentence: 'volumes of another model are not seen, described, given up or destroyed',
    reason: 'many models, of many people, share a cloud',
    async run(trial) {
      const mine = await volumes(trial)
      const id = await mine.make(0)
      const { source } = await volumes(trial)
      assert.deepEqual(await source.listVolumes(), [])
      outcomes(await source.describeVolumes([id]), [NotFoundError])
      outcomes(await source.releaseVolumes([id]), [NotFoundError])
      outcomes(await source.destroyVolumes([id]), [NotFoundError])
      assert.deepEqual(await mine.source.listVolumes(), [id])
    },
  },
  {
    id: 'storage/own-tag',
    sentence: 'a volume is its model’s, whatever the tags say that are given for it',
    reason: 'what carries another’s tag is destroyed with another’s model',
    async run(trial) {
      const { source, params } = await volumes(trial)
      const resourceTags = { [TAG_MODEL]: crypto.randomUUID() }
      const [made] = await source.createVolumes([{ ...params(0), resourceTags }])
      assert.deepEqual(await source.listVolumes(), [valueOf(made).volumeId])
    },
  },
  {
    id: 'storage/destroy-with-model',
    sentence: 'volumes go with their model and with their controller, attached ones too',
    reason: 'volumes that nobody knows cost money',
    async run(trial) {
      const controllerUuid = crypto.randomUUID()
      const [controller, hosted, other] = [
        await volumes(trial, controllerUuid),
        await volumes(trial, controllerUuid),
        await volumes(trial),
      ]
      const { instance } = await controller.model.start()
      const volumeId = await controller.make(0)
      const attachment = { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId: instance.id }
      await controller.source.attachVolumes([attachment])
      await Promise.all([hosted.make(0), other.make(0)])
      await controller.model.environ.destroyController(controllerUuid)
      assert.deepEqual(await controller.source.listVolumes(), [])
      assert.deepEqual(await hosted.source.listVolumes(), [])
      assert.equal((await other.source.listVolumes()).length, 1)
      await other.model.environ.destroy()
      assert.deepEqual(await other.source.listVolumes(), [])
    },
  },
  {
    id: 'storage/cancel',
    sentence: 'a call that is cancelled fails with the signal’s reason, and leaves no volume',
    reason: 'its caller does not learn their ids',
    async run(trial) {
      const { source, params } = await volumes(trial)
      const [abort, reason] = [new AbortController(), new Error('enough')]
      const call = source.createVolumes([params(0), params(1)], { signal: abort.signal })
      abort.abort(reason)
      assert.equal(await rejection(call), reason)
      assert.deepEqual(await source.listVolumes(), [])
    },
  },
]
