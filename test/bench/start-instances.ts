import { type Constraints, createEnvirons, newModelConfig, resourceTags, Secret } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { type Figure, timed } from './measure.ts'

const INSTANCES = 100

/** Requests for each of a hundred instances started at once, polls included; and what opening an environ costs. */
export async function startInstances(): Promise<readonly Figure[]> {
  await using openStack = await startEmbeddedOpenStack()
  const environs = await createEnvirons({ plugins: [openstack()] })
  const controllerUuid = crypto.randomUUID()
  const modelUuid = crypto.randomUUID()
  const config = await newModelConfig({
    name: 'bench',
    type: 'openstack',
    uuid: modelUuid,
    network: 'private',
    'firewall-mode': 'none',
  })
  const credential = {
    authType: 'userpass',
    attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
  }
  const cloud = {
    type: 'openstack',
    name: 'embedded',
    region: 'RegionOne',
    endpoint: openStack.authUrl,
    credential,
  }

  const opens = 2_000
  const open = () => environs.open({ cloud, config, controllerUuid })
  // The first one loads the code.
  const firstOpen = await timed(open)
  const openTime = await timed(async () => {
    for (let n = 0; n < opens; n++) await open()
  })

  await using environ = await open()
  const start = (machine: number, constraints: Constraints = {}) =>
    environ.startInstance({
      controllerUuid,
      constraints,
      instanceConfig: {
        machineId: String(machine),
        machineNonce: crypto.randomUUID(),
        controllerUuid,
        modelUuid,
        isController: false,
        base: { os: 'ubuntu', version: '24.04' },
        authorizedKeys: '',
        tags: resourceTags({ modelUuid, controllerUuid, machineId: String(machine) }),
      },
    })
  const startAll = async (constraints: Constraints) => {
    const before = openStack.requests.length
    await Promise.all(Array.from({ length: INSTANCES }, (_, machine) => start(machine, constraints)))
    const requests = openStack.requests.length - before
    await environ.destroy()
    return requests / INSTANCES
  }
  const each = await startAll({})
  const eachPublic = await startAll({ allocatePublicIp: true })
  const micros = (openTime / opens) * 1_000
  return [
    {
      subject: `requests per instance, ${INSTANCES} at once, waited to ACTIVE`,
      measured: each.toFixed(2),
      goal: '≤ 1.5',
      met: each <= 1.5,
    },
    {
      subject: 'the same with a public address each',
      measured: eachPublic.toFixed(2),
      goal: '≤ 3.5',
      met: eachPublic <= 3.5,
    },
    {
      subject: 'open()',
      measured: `${micros.toFixed(0)} µs, no request; the first, which loads the code, ${firstOpen.toFixed(0)} ms`,
      goal: '≤ 50 µs',
      met: micros <= 50,
    },
  ]
}
