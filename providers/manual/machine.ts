import {
  type CallOptions,
  type HardwareCharacteristics,
  INSTANCE_USER,
  NONCE_FILE,
} from 'cloud-environs/provider'
import type { ConnectedHost } from './connection.ts'
import { type Enrolment, readEnrolment } from './enrolment.ts'
import { INSPECT } from './scripts.ts'

/** Architectures as the kernel names them, in Juju's words. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'armhf',
  i686: 'i386',
  ppc64le: 'ppc64el',
}

const KIB_PER_MIB = 1024

/** A host as it is found. */
export interface Machine {
  readonly host: ConnectedHost['host']
  readonly hostKeys: readonly string[]
  readonly hostname: string
  readonly os: string
  readonly version: string
  readonly hardware: Readonly<
    Required<Pick<HardwareCharacteristics, 'arch' | 'cpuCores' | 'mem' | 'rootDisk'>>
  >
  /** Whether the user that instances have was there before. */
  readonly hasUser: boolean
  /** Whether something lies where agents do. */
  readonly hasAgent: boolean
  /** Whose it is; absent: nobody's. `unreadable` is somebody's. */
  readonly enrolment?: Enrolment | 'unreadable'
  /** Whether its setup is over. */
  readonly isReady: boolean
}

/** Finds out what a host is, and whose. */
export async function inspectHost(connected: ConnectedHost, options: CallOptions): Promise<Machine> {
  const script = { what: 'inspecting the host', text: INSPECT, words: [INSTANCE_USER, NONCE_FILE] }
  const said = await connected.run(script, options)
  const facts = new Map(said.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string]))
  const text = (name: string): string => facts.get(name) ?? ''
  const record = facts.get('record')
  const enrolment = record === undefined ? undefined : readEnrolment(Buffer.from(record, 'base64').toString())
  const arch = text('arch')
  return {
    host: connected.host,
    hostKeys: connected.hostKeys,
    hostname: text('hostname'),
    os: text('os'),
    version: text('version'),
    hardware: {
      arch: ARCHITECTURES[arch] ?? arch,
      cpuCores: Number(text('cores')),
      mem: Math.floor(Number(text('memKiB')) / KIB_PER_MIB),
      rootDisk: Math.floor(Number(text('diskKiB')) / KIB_PER_MIB),
    },
    hasUser: text('hasUser') === 'yes',
    hasAgent: text('hasAgent') === 'yes',
    ...(enrolment === undefined ? {} : { enrolment }),
    isReady: enrolment !== undefined && enrolment !== 'unreadable' && text('nonce') === enrolment.nonce,
  }
}
