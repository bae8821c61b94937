import { isObject } from '../../json.ts'
import { Refusal, type Reply } from '../../message.ts'
import { parseAddress } from '../../neutron/addresses.ts'
import { floatingIps } from '../../neutron/floating-ips.ts'
import { ports } from '../../neutron/ports.ts'
import type { FloatingIp } from '../../neutron/resources.ts'
import type { Call } from '../call.ts'
import { novaError } from '../errors.ts'
import type { Schema } from '../schema.ts'
import type { Server } from '../server.ts'
import { ACCEPTED, type Actions } from './action.ts'

const IP: Schema = { anyOf: [{ type: 'string', format: 'ip' }] }
const ADDRESS: Schema = { type: 'object', properties: { address: IP }, required: ['address'] }

/** Nova left all of this to Neutron with 2.44. */
export const addressActions: Actions = {
  addFixedIp: {
    versions: [1, 43],
    schema: {
      type: 'object',
      properties: {
        networkId: { anyOf: [{ type: 'string', minLength: 1, maxLength: 36 }, { type: 'integer' }] },
      },
      required: ['networkId'],
    },
    run(call, server, value) {
      const { network } = call.state
      const port = network
        .portsOfDevice(server.id)
        .find(({ network_id: id }) => id === textOf(value, 'networkId'))
      const [subnet] = port ? network.subnetsOf(port.network_id) : []
      if (!port || !subnet) return ACCEPTED
      later(call, () =>
        ports.update?.(network, call.access, port, {
          fixed_ips: [...port.fixed_ips, { subnet_id: subnet.id }],
        }),
      )
      return ACCEPTED
    },
  },
  removeFixedIp: {
    versions: [1, 43],
    schema: ADDRESS,
    run(call, server, value) {
      const { network } = call.state
      const has = ({ ip_address: ip }: { readonly ip_address: string }) => ip === textOf(value, 'address')
      const port = network.portsOfDevice(server.id).find((each) => each.fixed_ips.some(has))
      if (!port) return ACCEPTED
      later(call, () =>
        ports.update?.(network, call.access, port, {
          fixed_ips: port.fixed_ips.filter((each) => !has(each)),
        }),
      )
      return ACCEPTED
    },
  },
  addFloatingIp: {
    versions: [1, 43],
    schema: { ...ADDRESS, properties: { address: IP, fixed_address: IP } },
    lock: 'ignored',
    run: addFloatingIp,
  },
  removeFloatingIp: {
    versions: [1, 43],
    schema: ADDRESS,
    lock: 'ignored',
    run(call, server, value) {
      const { network } = call.state
      const address = textOf(value, 'address')
      const floatingIp = floatingIpOf(call, address)
      if (!floatingIp) throw novaError(404, `Floating IP not found for address ${address}.`)
      if (network.ports.get(floatingIp.port_id ?? '')?.device_id !== server.id) {
        throw novaError(409, `Floating IP ${address} is not associated with instance ${server.id}.`)
      }
      floatingIps.update?.(network, call.access, floatingIp, { port_id: null })
      return ACCEPTED
    },
  },
}

function addFloatingIp(call: Call, server: Server, value: unknown): Reply {
  const { network } = call.state
  const attached = network.portsOfDevice(server.id)
  if (attached.length === 0) throw novaError(400, 'Instance network is not ready yet')
  const fixed = attached.flatMap((port) => port.fixed_ips.map(({ ip_address: ip }) => ({ port, ip })))
  if (fixed.length === 0) throw novaError(400, 'No fixed IPs associated to instance')
  const asked = isObject(value) ? value.fixed_address : undefined
  const to = fixed.find(({ ip }) => (asked === undefined ? parseAddress(ip)?.version === 4 : ip === asked))
  const address = textOf(value, 'address')
  if (!to && asked !== undefined) {
    throw novaError(400, 'Specified fixed address not assigned to instance')
  }
  if (!to) {
    throw novaError(
      400,
      `Unable to associate floating IP ${address} to any fixed IPs for instance ${server.id}. Instance has no fixed IPv4 addresses to associate.`,
    )
  }
  const floatingIp = floatingIpOf(call, address)
  if (!floatingIp) throw novaError(404, 'floating IP not found')
  try {
    const change = { port_id: to.port.id, fixed_ip_address: to.ip }
    floatingIps.update?.(network, call.access, floatingIp, change)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw novaError(
      400,
      `Unable to associate floating IP ${address} to fixed IP ${to.ip} for instance ${server.id}.`,
    )
  }
  return ACCEPTED
}

function floatingIpOf({ state, access }: Call, address: string): FloatingIp | undefined {
  return [...state.network.floatingIps.values()].find(
    (each) =>
      each.floating_ip_address === address && (access.isAdmin || each.project_id === access.projectId),
  )
}

/** The compute host does it after the answer, and nobody hears of what Neutron then refuses. */
function later({ state }: Call, act: () => void): void {
  state.timers.after(state.settings.deleteMillis, () => {
    try {
      act()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  })
}

function textOf(value: unknown, key: string): string {
  return isObject(value) ? String(value[key]) : ''
}
