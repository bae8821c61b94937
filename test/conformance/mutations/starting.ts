/** How machines are started, and what is checked before. */

import { TAG_CONTROLLER, TAG_IS_CONTROLLER, TAG_MACHINE } from 'cloud-environs/provider'
import { type Mutation, noRules, startsWith, tagsWith, toldAs } from './mutation.ts'

export const starting: readonly Mutation[] = [
  {
    defect: 'forgets the tag of the controller',
    foundBy: 'tags/owner',
    environ: tagsWith(({ [TAG_CONTROLLER]: _controller, ...tags }) => tags),
  },
  {
    defect: 'forgets the user’s tags',
    foundBy: 'tags/users',
    environ: tagsWith(({ team: _team, ...tags }) => tags),
  },
  {
    defect: 'takes every machine for a controller',
    foundBy: 'tags/no-controller',
    environ: tagsWith((tags) => ({ ...tags, [TAG_IS_CONTROLLER]: 'true' })),
  },
  {
    defect: 'gives every machine the same id',
    foundBy: 'tags/machine-apart',
    environ: tagsWith((tags) => ({ ...tags, [TAG_MACHINE]: '0' })),
  },
  {
    defect: 'replaces all tags when it sets some',
    foundBy: 'tags/set',
    environ: ({ real, cloud }) => ({
      tagInstance: async (id: string, tags: Record<string, string>) => {
        await real.tagInstance(id, { team: '' })
        for (const machine of cloud.machines().filter((each) => each.id === id)) {
          cloud.setMachine({ ...machine, tags })
        }
      },
    }),
  },
  {
    defect: 'tags what is not there',
    foundBy: 'tags/set-absent',
    environ: () => ({ tagInstance: async () => undefined }),
  },
  {
    defect: 'does not wait until a machine runs',
    foundBy: 'lifecycle/start',
    environ: toldAs(() => ({ status: { state: 'allocating', message: 'BUILD' } })),
  },
  {
    defect: 'has no addresses',
    foundBy: 'lifecycle/start',
    environ: toldAs(() => ({ addresses: async () => [] })),
  },
  {
    defect: 'starts a machine without a nonce',
    foundBy: 'lifecycle/nonce',
    environ: startsWith((params) => ({
      ...params,
      instanceConfig: { ...params.instanceConfig, machineNonce: 'any' },
    })),
  },
  {
    defect: 'ignores constraints',
    foundBy: 'constraints/hardware',
    environ: startsWith((params) => ({ ...params, constraints: {} })),
  },
  {
    defect: 'ignores the zone',
    foundBy: 'zones/placed',
    environ: startsWith(({ availabilityZone: _zone, ...params }) => params),
  },
  {
    defect: 'takes another zone where there is none of that name',
    foundBy: 'zones/unknown',
    environ: startsWith((params) =>
      params.availabilityZone === 'nowhere' ? { ...params, availabilityZone: 'zone1' } : params,
    ),
  },
  {
    defect: 'ignores an aborted signal',
    foundBy: 'cancellation/before',
    environ: ({ real }) => ({ startInstance: (params: never) => real.startInstance(params) }),
  },
  {
    defect: 'leaves what a cancelled start made',
    foundBy: 'cancellation/at-steps',
    environ: ({ real }) => ({
      startInstance: async (params: never, options?: { signal?: AbortSignal }) => {
        const started = await real.startInstance(params)
        options?.signal?.throwIfAborted()
        return started
      },
    }),
  },
  {
    defect: 'makes a second machine for a try that it thinks failed',
    foundBy: 'lifecycle/listed-once',
    environ: ({ real }) => ({
      startInstance: async (params: never) => {
        await real.startInstance(params)
        return await real.startInstance(params)
      },
    }),
  },
  {
    defect: 'finds nothing wrong beforehand',
    foundBy: 'constraints/impossible',
    environ: () => ({ precheckInstance: async () => undefined }),
  },
  {
    defect: 'knows no instance types that are wrong',
    foundBy: 'constraints/validator',
    environ: () => ({ constraintsValidator: noRules }),
  },
  {
    defect: 'explains another choice than its own',
    foundBy: 'constraints/explain',
    environ: ({ real }) => ({
      explainInstanceSpec: async (params: never) => {
        const { candidates, ...rest } = await real.explainInstanceSpec(params)
        const other = candidates.at(-1)
        return { ...rest, candidates, ...(other && rest.chosen ? { chosen: other } : {}) }
      },
    }),
  },
  {
    defect: 'ignores placement that it does not know',
    foundBy: 'zones/placement',
    environ: ({ real }) => ({
      precheckInstance: ({ placement: _placement, ...params }: Parameters<typeof real.precheckInstance>[0]) =>
        real.precheckInstance(params),
    }),
  },
]
