import type { JsonObject } from '../json.ts'
import type { Router } from '../router.ts'
import { type Call, checkHost, type Handler, ok, serverOf, versionNotFound } from './call.ts'
import { notAllowed } from './errors.ts'
import type { Server } from './server.ts'

/** What a server's host knows of it: diagnostics, topology, and the password that its guest has told. */
export function inspectionRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers/:id/diagnostics', (call) => {
      const server = serverOf(call)
      if (!call.access.isAdmin) throw notAllowed('os-server-diagnostics')
      checkHost(server)
      return ok(call.minor >= 48 ? diagnostics(call, server) : oldDiagnostics(server))
    })
    .add('GET', '/servers/:id/topology', (call) => {
      if (call.minor < 78) throw versionNotFound()
      serverOf(call)
      return ok({ nodes: [], pagesize_kb: null })
    })
    // A guest tells its password over the metadata service; none runs here.
    .add('GET', '/servers/:id/os-server-password', (call) => {
      serverOf(call)
      return ok({ password: '' })
    })
    .add('DELETE', '/servers/:id/os-server-password', (call) => {
      serverOf(call)
      return { status: 204 }
    })
}

const STATES: Readonly<Record<number, string>> = {
  0: 'pending',
  1: 'running',
  3: 'paused',
  4: 'shutdown',
  6: 'crashed',
  7: 'suspended',
}

function diagnostics({ state }: Call, server: Server): JsonObject {
  const { vcpus, ram } = server.flavor
  const ports = state.network.portsOfDevice(server.id)
  const seconds = Math.floor((Date.now() - (server.launched ?? Date.now())) / 1000)
  return {
    state: STATES[server.powerState],
    driver: 'libvirt',
    hypervisor: 'kvm',
    hypervisor_os: 'linux',
    uptime: seconds,
    config_drive: server.configDrive,
    num_cpus: vcpus,
    num_nics: ports.length,
    num_disks: 1,
    disk_details: [
      {
        read_bytes: 262_144,
        read_requests: 112,
        write_bytes: 5_778_432,
        write_requests: 488,
        errors_count: 0,
      },
    ],
    cpu_details: Array.from({ length: vcpus }, (_, id) => ({ id, time: 17_300_000_000, utilisation: 15 })),
    nic_details: ports.map(({ mac_address: mac }) => ({ mac_address: mac, ...TRAFFIC })),
    memory_details: { maximum: ram * 1024, used: 0 },
  }
}

const TRAFFIC = {
  rx_octets: 2_070_139,
  rx_errors: 0,
  rx_drop: 0,
  rx_packets: 26_701,
  rx_rate: null,
  tx_octets: 140_208,
  tx_errors: 0,
  tx_drop: 0,
  tx_packets: 662,
  tx_rate: null,
}

/** Before 2.48 in libvirt's own words. */
function oldDiagnostics({ flavor }: Server): JsonObject {
  return {
    ...Object.fromEntries(Array.from({ length: flavor.vcpus }, (_, id) => [`cpu${id}_time`, 17_300_000_000])),
    memory: flavor.ram * 1024,
    vda_errors: -1,
    vda_read: 262_144,
    vda_read_req: 112,
    vda_write: 5_778_432,
    vda_write_req: 488,
  }
}
