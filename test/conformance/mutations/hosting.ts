/** Servers on given networks. */

import { NotFoundError, type ServerHosting } from 'cloud-environs'
import { type Mutation, partAs } from './mutation.ts'

/** Environs that host servers in another way. */
const hostingAs =
  (change: (real: ServerHosting) => Partial<ServerHosting>): NonNullable<Mutation['environ']> =>
  ({ real }) => ({
    serverHosting: partAs(real.serverHosting, change),
  })

export const hosting: readonly Mutation[] = [
  {
    defect: 'makes a server each time that it is asked for',
    foundBy: 'hosting/once',
    environ: hostingAs((real) => ({
      create: async (params, options) => {
        const made = await real.create({ ...params, id: crypto.randomUUID() }, options)
        return { ...made, id: params.id }
      },
    })),
  },
  {
    defect: 'lists servers of any tags',
    foundBy: 'hosting/listed',
    environ: hostingAs((real) => ({ list: ({ ids, networkId } = {}) => real.list({ ids, networkId }) })),
  },
  {
    defect: 'hosts servers of images that are not there',
    foundBy: 'hosting/refused',
    environ: hostingAs((real) => ({
      create: (params, options) =>
        real
          .create(params, options)
          .catch(() => real.create({ ...params, imageId: 'ubuntu-24.04' }, options)),
    })),
  },
  {
    defect: 'adds to the networking, and takes nothing away',
    foundBy: 'hosting/networking',
    environ: hostingAs((real) => ({
      setNetworking: async (id, wanted) => {
        if (wanted.allowedSourceAddresses.length > 0) await real.setNetworking(id, wanted)
      },
    })),
  },
  {
    defect: 'builds another server instead of the same one anew',
    foundBy: 'hosting/rebuilt',
    environ: hostingAs((real) => ({
      rebuild: async (id, { imageId }) => {
        const [before] = await real.list({ ids: [id] })
        if (!before) throw new NotFoundError('no server')
        await real.delete(id)
        await real.create({ ...before, imageId, instanceTypeId: 'small', publicIp: false })
      },
    })),
  },
  {
    defect: 'deletes no server',
    foundBy: 'hosting/deleted',
    environ: hostingAs(() => ({ delete: async () => undefined })),
  },
  {
    defect: 'never takes a public address away',
    foundBy: 'hosting/public-address',
    environ: ({ real: { publicAddresses } }) => ({
      publicAddresses: { ensurePublicIp: (id: string) => publicAddresses.ensurePublicIp(id, true) },
    }),
  },
  {
    defect: 'knows every image',
    foundBy: 'hosting/image-catalog',
    environ: () => ({
      imageCatalog: {
        require: async (id: string) => ({ id, name: id, state: 'ready', tags: {} }),
        publish: async () => undefined,
      },
    }),
  },
  {
    defect: 'sees nobody on a network',
    foundBy: 'hosting/ownership',
    environ: ({ real }) => ({
      ownership: partAs(real.ownership, () => ({ networkUsers: async () => [] })),
    }),
  },
]
