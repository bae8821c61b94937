/** Ports. */

import { type Mutation, firewallAs } from './mutation.ts'

const PORT = { protocol: 'tcp', fromPort: 1, toPort: 1, cidr: '0.0.0.0/0' } as const

export const ports: readonly Mutation[] = [
  {
    defect: 'lists ports in any order',
    foundBy: 'firewall/instance',
    environ: firewallAs((real) => ({ ports: async () => (await real.ports()).toReversed() })),
  },
  {
    defect: 'closes all ports when it closes one',
    foundBy: 'firewall/instance',
    environ: firewallAs((real) => ({ closePorts: async () => real.closePorts(await real.ports()) })),
  },
  {
    defect: 'opens ports on all machines',
    foundBy: 'firewall/apart',
    environ: firewallAs((real, { cloud }) => ({
      openPorts: async (rules: never) => {
        await real.openPorts(rules)
        cloud.setOpenings('all', [PORT])
      },
      ports: async () => (cloud.openings('all').length > 0 ? [PORT] : await real.ports()),
    })),
  },
  {
    defect: 'closes a port to everybody when it shall to some',
    foundBy: 'firewall/cidrs',
    environ: firewallAs((real) => ({
      closePorts: async (rules: Parameters<typeof real.closePorts>[0]) => {
        const ports = new Set(rules.map(({ fromPort }) => fromPort))
        await real.closePorts((await real.ports()).filter(({ fromPort }) => ports.has(fromPort)))
      },
    })),
  },
  {
    defect: 'passes over a CIDR that it cannot read',
    foundBy: 'firewall/not-valid',
    environ: firewallAs((real) => ({
      openPorts: async (rules: Parameters<typeof real.openPorts>[0]) => {
        for (const rule of rules) await real.openPorts([rule]).catch(() => undefined)
      },
    })),
  },
  {
    defect: 'opens ports of the model in any mode',
    foundBy: 'firewall/instance-mode',
    environ: () => ({ openPorts: async () => undefined }),
  },
  {
    defect: 'opens ports of an instance in any mode',
    foundBy: 'firewall/global-mode',
    environ: firewallAs(() => ({ ports: async () => [] })),
  },
  {
    defect: 'closes all ports of the model when it closes one',
    foundBy: 'firewall/model',
    environ: ({ real }) => {
      const { modelFirewall } = real
      const closePorts = modelFirewall.closePorts.bind(modelFirewall)
      return {
        modelFirewall: Object.assign(modelFirewall, {
          closePorts: async () => closePorts(await modelFirewall.ports()),
        }),
      }
    },
  },
  {
    defect: 'loses a port that is opened at the same moment',
    foundBy: 'concurrency/ports',
    environ: firewallAs((real) => ({
      openPorts: async (rules: Parameters<typeof real.openPorts>[0]) => {
        const before = await real.ports()
        await new Promise(setImmediate)
        await real.closePorts(await real.ports())
        await real.openPorts([...before, ...rules])
      },
    })),
  },
]
