/** What is claimed: capabilities, credentials, configuration. */

import { NotSupportedError, NotValidError } from 'cloud-environs'
import type { StartInstanceParams } from 'cloud-environs/provider'
import { type Mutation, volumesAs } from './mutation.ts'

export const claims: readonly Mutation[] = [
  {
    defect: 'leaves it open whether another zone would do',
    foundBy: 'zones/independent',
    environ: ({ real }) => ({
      startInstance: async (params: StartInstanceParams) => {
        try {
          return await real.startInstance(params)
        } catch (error) {
          throw (error as Error).cause
        }
      },
    }),
  },
  {
    defect: 'claims to have power, and has none',
    foundBy: 'honesty/power',
    environ: () => {
      const none = async () => {
        throw new NotSupportedError('no power')
      }
      return { power: { start: none, stop: none, reboot: none } }
    },
  },
  {
    defect: 'has half of networking',
    foundBy: 'honesty/whole',
    environ: () => ({ subnets: async () => [] }),
  },
  {
    defect: 'has a console that cannot be opened',
    foundBy: 'honesty/whole',
    environ: ({ real }) => ({ consoles: { output: real.consoles.output.bind(real.consoles) } }),
  },
  {
    defect: 'has a console where there is no machine',
    foundBy: 'honesty/consoles',
    environ: ({ real }) => ({
      consoles: { output: async () => '', session: real.consoles.session.bind(real.consoles) },
    }),
  },
  {
    defect: 'keeps snapshots that are deleted',
    foundBy: 'honesty/snapshots',
    environ: ({ real: { snapshots } }) => ({
      snapshots: {
        create: snapshots.create.bind(snapshots),
        list: snapshots.list.bind(snapshots),
        delete: async () => undefined,
      },
    }),
  },
  {
    defect: 'finds every cloud that is asked for',
    foundBy: 'honesty/clouds',
    provider: () => ({ detectCloud: async (name: string) => ({ name, type: 'memory' }) }),
  },
  {
    defect: 'asks the cloud for something when it opens',
    foundBy: 'open/cheap',
    environ: ({ services: { dispatcher } }) => {
      void dispatcher
        ?.request({ origin: 'http://127.0.0.1:1', path: '/', method: 'GET' })
        .catch(() => undefined)
      return {}
    },
  },
  {
    defect: 'shows a password while it is typed',
    foundBy: 'credentials/schemas',
    provider: () => ({
      credentialSchemas: () => ({ empty: [], userpass: [{ name: 'password', description: 'the password' }] }),
    }),
  },
  {
    defect: 'lets the UUID of a model change',
    foundBy: 'config/immutable',
    provider: ({ real }) => ({ validate: (config: never) => real.validate(config) }),
  },
  {
    defect: 'prepares the configuration otherwise each time',
    foundBy: 'config/prepare',
    provider: ({ real }) => {
      let times = 0
      return {
        prepareConfig: async (params: never) => {
          const config = await real.prepareConfig(params)
          return { ...config, attrs: { ...config.attrs, time: ++times } }
        },
      }
    },
  },
  {
    defect: 'forgets the configuration that is set',
    foundBy: 'config/set',
    environ: () => ({ setConfig: async () => undefined }),
  },
  {
    defect: 'takes every volume for not valid',
    foundBy: 'storage/validate',
    environ: volumesAs(() => ({
      validateVolumeParams: async () => {
        throw new NotValidError('no')
      },
    })),
  },
]
