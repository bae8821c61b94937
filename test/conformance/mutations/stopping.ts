/** What is stopped and destroyed. */

import { ConflictError, NoInstancesError, NotFoundError } from 'cloud-environs'
import { TAG_CONTROLLER, TAG_IS_CONTROLLER } from 'cloud-environs/provider'
import { type Mutation, removeTagged } from './mutation.ts'

const PORT = { protocol: 'tcp', fromPort: 1, toPort: 1, cidr: '0.0.0.0/0' } as const

export const stopping: readonly Mutation[] = [
  {
    defect: 'tags what is another model’s',
    foundBy: 'tags/set-foreign',
    environ: ({ cloud }) => ({
      tagInstance: async (id: string, tags: Readonly<Record<string, string>>) => cloud.tag(id, tags),
    }),
  },
  {
    defect: 'stops nothing',
    foundBy: 'lifecycle/stop',
    environ: () => ({ stopInstances: async () => undefined }),
  },
  {
    defect: 'never ends a stop',
    foundBy: 'lifecycle/stop',
    environ: () => ({ stopInstances: () => new Promise(() => undefined) }),
  },
  {
    defect: 'stops all instances',
    foundBy: 'lifecycle/stop',
    environ: ({ real }) => ({
      stopInstances: async () => real.stopInstances((await real.allInstances()).map(({ id }) => id)),
    }),
  },
  {
    defect: 'takes absence for a failure',
    foundBy: 'lifecycle/stop-twice',
    environ: ({ real }) => ({
      stopInstances: async (ids: readonly string[]) => {
        await real.instances(ids)
        await real.stopInstances(ids)
      },
    }),
  },
  {
    defect: 'leaves the ports of a stopped machine',
    foundBy: 'lifecycle/stop-leaves-nothing',
    environ: ({ real, cloud }) => ({
      stopInstances: async (ids: readonly string[]) => {
        await real.stopInstances(ids)
        for (const id of ids) cloud.setOpenings(`of ${id}`, [PORT])
      },
      destroy: async () => {
        await real.destroy()
        for (const group of cloud.groups()) cloud.setOpenings(group, [])
      },
    }),
  },
  {
    defect: 'fails when two stop the same machine',
    foundBy: 'concurrency/stop',
    environ: ({ real }) => {
      const stopping = new Set<string>()
      return {
        stopInstances: async (ids: readonly string[]) => {
          if (ids.some((id) => stopping.has(id))) throw new ConflictError('it is being stopped')
          for (const id of ids) stopping.add(id)
          await real.stopInstances(ids)
        },
      }
    },
  },
  {
    defect: 'stops machines when the environ is closed',
    foundBy: 'open/dispose',
    environ: ({ real }) => ({ [Symbol.asyncDispose]: () => real.destroy() }),
  },
  {
    defect: 'fails to destroy what is gone',
    foundBy: 'destroy/twice',
    environ: ({ real }) => ({
      destroy: async () => {
        if ((await real.allInstances()).length === 0) throw new NotFoundError('the model is not there')
        await real.destroy()
      },
    }),
  },
  {
    defect: 'leaves an instance of a destroyed model',
    foundBy: 'destroy/twice',
    environ: ({ real }) => ({
      destroy: async () => real.stopInstances((await real.allInstances()).slice(1).map(({ id }) => id)),
    }),
  },
  {
    defect: 'destroys the controller’s other models with one',
    foundBy: 'destroy/model-only',
    environ: ({ real, cloud }) => ({
      destroy: async () => {
        const [first] = await real.allInstances()
        removeTagged(cloud, TAG_CONTROLLER, first?.tags[TAG_CONTROLLER] ?? '')
        await real.destroy()
      },
    }),
  },
  {
    defect: 'leaves hosted models of a destroyed controller',
    foundBy: 'destroy/controller',
    environ: ({ real }) => ({ destroyController: () => real.destroy() }),
  },
  {
    defect: 'destroys other controllers, too',
    foundBy: 'destroy/controller',
    environ: ({ real, cloud }) => ({
      destroyController: async (uuid: string) => {
        await real.destroyController(uuid)
        for (const { id } of cloud.machines()) cloud.delete(id)
      },
    }),
  },
  {
    defect: 'gives no error where there is no controller',
    foundBy: 'bootstrap/none',
    environ: ({ real }) => ({
      controllerInstances: (uuid: string) => real.controllerInstances(uuid).catch(() => []),
    }),
  },
  {
    defect: 'takes any controller for the one that is asked for',
    foundBy: 'bootstrap/two-controllers',
    environ: ({ cloud }) => ({
      controllerInstances: async () => {
        const found = cloud.machines().filter(({ tags }) => tags[TAG_IS_CONTROLLER] === 'true')
        if (found.length === 0) throw new NoInstancesError()
        return found.map(({ id }) => id)
      },
    }),
  },
]
