import { isIP } from 'node:net'
import { type Address, type Instance, type InstanceId, TAG_MACHINE } from 'cloud-environs/provider'
import type { Enrolment } from './enrolment.ts'
import type { Host } from './host.ts'
import type { Machine } from './machine.ts'

const PREFIX = 'manual:'

/** An id names the machine, too: that of a host that was stopped and started again is another. */
export const idOf = ({ address }: Host, { tags }: Enrolment): InstanceId =>
  `${PREFIX}${address}/${tags[TAG_MACHINE] ?? ''}`

/** Whether that is the id of an instance on this host. */
export const isOn = (id: InstanceId, { address }: Host): boolean => id.startsWith(`${PREFIX}${address}/`)

const TYPES: Readonly<Record<number, Address['type']>> = { 4: 'ipv4', 6: 'ipv6' }

/** An enrolled host as an instance. */
export function instanceOn(
  { host, hostname, hostKeys, isReady }: Omit<Machine, 'enrolment'>,
  enrolment: Enrolment,
): Instance {
  const { address } = host
  const addresses: Address[] = [
    { value: address, type: TYPES[isIP(address)] ?? 'hostname', scope: 'unknown' },
  ]
  return {
    id: idOf(host, enrolment),
    displayName: hostname || address,
    status: isReady
      ? { state: 'running', message: 'enrolled' }
      : { state: 'allocating', message: 'its setup is not over' },
    tags: enrolment.tags,
    sshHostKeys: hostKeys,
    addresses: async () => addresses,
  }
}
