/** What is found. */

import { type Instance, NoInstancesError, PartialInstancesError } from 'cloud-environs'
import { type Mutation, foundOf } from './mutation.ts'

export const finding: readonly Mutation[] = [
  {
    defect: 'lists instances twice',
    foundBy: 'lifecycle/listed-once',
    environ: ({ real }) => ({
      allInstances: async () => [...(await real.allInstances()), ...(await real.allInstances())],
    }),
  },
  {
    defect: 'sees instances of other models',
    foundBy: 'lifecycle/other-models',
    environ: ({ cloud }) => ({
      allInstances: async () => cloud.machines().map(({ id, tags }) => ({ id, tags })),
    }),
  },
  {
    defect: 'knows only instances that it started itself',
    foundBy: 'lifecycle/other-environ',
    environ: ({ real }) => {
      const started = new Set<string>()
      return {
        startInstance: async (params: never, options?: object) => {
          const result = await real.startInstance(params, options)
          started.add(result.instance.id)
          return result
        },
        instances: async (ids: readonly string[]) => {
          if (ids.length > 0 && !ids.some((id) => started.has(id))) throw new NoInstancesError()
          return await real.instances(ids)
        },
      }
    },
  },
  {
    defect: 'gives instances in the order of the cloud',
    foundBy: 'ordering/order',
    environ: ({ real }) => ({ instances: (ids: readonly string[]) => foundOf(real, ids) }),
  },
  {
    defect: 'answers once what is asked twice',
    foundBy: 'ordering/duplicates',
    environ: ({ real }) => ({ instances: (ids: readonly string[]) => real.instances([...new Set(ids)]) }),
  },
  {
    defect: 'leaves out what is not there, and says nothing',
    foundBy: 'partial/holes',
    environ: ({ real }) => ({
      instances: async (ids: readonly string[]) =>
        real.instances(ids).catch((error: unknown) => {
          if (error instanceof PartialInstancesError) return error.instances.filter((each) => each)
          throw error
        }),
    }),
  },
  {
    defect: 'answers once what is asked twice, when something is missing',
    foundBy: 'partial/duplicates',
    environ: ({ real }) => ({
      instances: async (ids: readonly string[]) => {
        try {
          return await real.instances(ids)
        } catch (error) {
          if (!(error instanceof PartialInstancesError)) throw error
          throw new PartialInstancesError([...new Set<Instance | undefined>(error.instances)])
        }
      },
    }),
  },
  {
    defect: 'gives nothing where NoInstancesError is due',
    foundBy: 'partial/none-found',
    environ: ({ real }) => ({ instances: (ids: readonly string[]) => foundOf(real, ids) }),
  },
  {
    defect: 'gives all instances when none is asked for',
    foundBy: 'partial/none-asked',
    environ: ({ real }) => ({
      instances: (ids: readonly string[]) => (ids.length > 0 ? real.instances(ids) : real.allInstances()),
    }),
  },
]
