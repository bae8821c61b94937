import { isObject, isText } from '../../json.ts'
import { type Port, touch } from '../../neutron/resources.ts'
import type { Call } from '../call.ts'
import { novaError } from '../errors.ts'
import { ambiguousGroup, findGroups } from '../requested-networks.ts'
import type { Server } from '../server.ts'
import { ACCEPTED, type Actions } from './action.ts'

/** Neutron's groups of all the server's ports. */
export const securityGroupActions: Actions = {
  addSecurityGroup: {
    lock: 'ignored',
    run(call, server, value) {
      const id = groupOf(call, value)
      const ports = portsOf(call, server)
      if (ports.some(({ security_groups: groups }) => groups.includes(id))) {
        throw novaError(
          400,
          `Invalid input for security_groups. Reason: Duplicate items in the list: '${id}'.`,
        )
      }
      for (const port of ports) {
        if (!port.port_security_enabled) continue
        port.security_groups = [...port.security_groups, id]
        touch(port)
      }
      return ACCEPTED
    },
  },
  removeSecurityGroup: {
    lock: 'ignored',
    run(call, server, value) {
      const id = groupOf(call, value)
      const ports = portsOf(call, server).filter(({ security_groups: groups }) => groups.includes(id))
      if (ports.length === 0) {
        const name = isObject(value) ? String(value.name) : id
        throw novaError(404, `Security group ${name} not associated with the instance ${server.id}`)
      }
      for (const port of ports) {
        port.security_groups = port.security_groups.filter((each) => each !== id)
        touch(port)
      }
      return ACCEPTED
    },
  },
}

function portsOf({ state }: Call, server: Server): readonly Port[] {
  const ports = state.network.portsOfDevice(server.id)
  if (ports.length > 0) return ports
  throw novaError(404, `instance_id ${server.id} could not be found as device id on any ports`)
}

function groupOf({ state, access }: Call, value: unknown): string {
  const name = isObject(value) ? value.name : undefined
  if (!isText(name)) throw novaError(400, 'Security group not specified')
  if (name.trim() === '') throw novaError(400, 'Security group name cannot be empty')
  state.network.defaultGroup(access.projectId)
  const [id, ...others] = findGroups(state, access, name)
  if (others.length > 0) throw ambiguousGroup(name)
  if (id === undefined) {
    throw novaError(404, `Security group ${name} is not found for project ${access.projectId}`)
  }
  return id
}
