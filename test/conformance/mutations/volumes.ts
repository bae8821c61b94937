/** Volumes. */

import { ConflictError } from 'cloud-environs'
import { type Mutation, volumesAs } from './mutation.ts'

export const volumes: readonly Mutation[] = [
  {
    defect: 'leaves out the results of volumes that failed',
    foundBy: 'storage/results-in-place',
    environ: volumesAs((real) => ({
      createVolumes: async (params: never) => (await real.createVolumes(params)).filter(({ ok }) => ok),
    })),
  },
  {
    defect: 'makes volumes of whole gibibytes, rounded down',
    foundBy: 'storage/size',
    environ: volumesAs((real) => ({
      createVolumes: async (params: Parameters<typeof real.createVolumes>[0], options?: object) =>
        real.createVolumes(
          params.map((each) => ({ ...each, size: Math.floor(each.size / 1024) * 1024 })),
          options,
        ),
    })),
  },
  {
    defect: 'takes a volume that is gone for a failure',
    foundBy: 'storage/destroy-twice',
    environ: volumesAs((real) => ({
      destroyVolumes: async (ids: readonly string[]) => {
        const known = await real.describeVolumes(ids)
        const done = await real.destroyVolumes(ids)
        return done.map((each, index) => (known[index]?.ok ? each : known[index]))
      },
    })),
  },
  {
    defect: 'gives up a volume that a machine has',
    foundBy: 'storage/release-attached',
    environ: volumesAs((real, { cloud }) => ({
      releaseVolumes: async (ids: readonly string[]) => {
        for (const volume of cloud.volumes().filter(({ id }) => ids.includes(id)))
          cloud.setVolume({ ...volume, machine: undefined })
        return await real.releaseVolumes(ids)
      },
    })),
  },
  {
    defect: 'attaches a second time what is attached',
    foundBy: 'storage/attach',
    environ: volumesAs((real) => {
      const attached = new Set<string>()
      return {
        attachVolumes: async (params: Parameters<typeof real.attachVolumes>[0]) => {
          const results = await real.attachVolumes(params)
          return results.map((result, index) => {
            const id = params[index]?.volumeId ?? ''
            if (attached.has(id)) return { ok: false, error: new ConflictError('it is attached') }
            attached.add(id)
            return result
          })
        },
      }
    }),
  },
  {
    defect: 'sees volumes of other models',
    foundBy: 'storage/other-models',
    environ: volumesAs((_real, { cloud }) => ({
      listVolumes: async () => cloud.volumes().map(({ id }) => id),
    })),
  },
  {
    defect: 'leaves volumes of a call that is cancelled',
    foundBy: 'storage/cancel',
    environ: volumesAs((real) => ({
      createVolumes: async (params: never, options?: { signal?: AbortSignal }) => {
        const made = await real.createVolumes(params)
        options?.signal?.throwIfAborted()
        return made
      },
    })),
  },
  {
    defect: 'destroys volumes with the machine that has them',
    foundBy: 'storage/outlives-machine',
    environ: ({ real, cloud }) => ({
      stopInstances: async (ids: readonly string[]) => {
        const gone = cloud.volumes().filter(({ machine = '' }) => ids.includes(machine))
        await real.stopInstances(ids)
        for (const { id } of gone) cloud.deleteVolume(id)
      },
    }),
  },
  {
    defect: 'leaves the volumes of a destroyed model',
    foundBy: 'storage/destroy-with-model',
    environ: ({ real }) => ({
      destroy: async () => real.stopInstances((await real.allInstances()).map(({ id }) => id)),
    }),
  },
]
