import type { Address, Environ, Instance } from 'cloud-environs'

/** An environ that has these members and no others. */
export const fakeEnviron = (members: object): Environ => members as Environ

/** An instance whose addresses are what `addresses` gives. */
export const fakeInstance = (id: string, addresses: Instance['addresses'] = async () => []): Instance => ({
  id,
  displayName: id,
  status: { state: 'running', message: 'ACTIVE' },
  tags: {},
  addresses,
})

export const ipv4 = (value: string): Address => ({ value, type: 'ipv4', scope: 'public' })
