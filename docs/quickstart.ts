/**
 * The quickstart: an OpenStack in this process, a controller bootstrapped on it, two more instances, an open port, and
 * nothing left in the end. `npm run quickstart` runs it.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnvirons, formatHardware, proxyDialer, Secret, supportsInstanceFirewall } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'

const started = Date.now()
const say = (text: string): void =>
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)

const dataDir = await mkdtemp(join(tmpdir(), 'environs-quickstart-'))
const cloud = await startEmbeddedOpenStack()
try {
  say(`An OpenStack answers at ${cloud.authUrl}`)
  const variables = cloud.environment()

  // Its machines have addresses in this process only; the cloud is the proxy that leads to them.
  const dialer = proxyDialer(cloud.proxy)
  const environs = await createEnvirons({ plugins: [openstack()], dataDir, dialer })
  const credential = {
    authType: 'userpass',
    attributes: {
      username: variables['OS_USERNAME'] ?? '',
      password: new Secret(variables['OS_PASSWORD'] ?? ''),
      'tenant-name': variables['OS_PROJECT_NAME'] ?? '',
    },
  }

  await environs.bootstrap(
    {
      controllerName: 'quickstart',
      cloud: {
        type: 'openstack',
        name: 'embedded',
        region: 'RegionOne',
        endpoint: cloud.authUrl,
        credential,
      },
      bootstrapConstraints: { mem: 2048 },
    },
    { onProgress: ({ message }) => say(message) },
  )

  // TLS with the controller's own certificate authority, and nobody else's.
  await using controller = await environs.connectController('quickstart')
  const { name, version } = await controller.controller()
  say(`Controller "${name}", agent ${version}, let admin@local in`)

  // From here on as another process would: the controller is found by its name.
  const environ = await environs.openController('quickstart', { credential })
  const machines = await Promise.all([
    environs.startMachine('quickstart', environ),
    environs.startMachine('quickstart', environ, { constraints: { cores: 2 } }),
  ])
  for (const { machineId, instance, hardware } of machines) {
    say(`Machine ${machineId} is ${instance.displayName}: ${formatHardware(hardware)}`)
  }

  const [web] = machines
  assert(web && supportsInstanceFirewall(web.instance))
  await web.instance.firewall.openPorts([{ protocol: 'tcp', fromPort: 80, toPort: 80 }])
  say(
    `Machine ${web.machineId} has port 80 open to ${(await web.instance.firewall.ports())[0]?.sourceCidrs.join(' and ')}`,
  )

  say('What the controller says of its machines:')
  for (const machine of await controller.machines()) {
    say(`  ${machine.machineId}  ${machine.name}  ${machine.status}  ${machine.addresses.join(' ')}`)
  }

  say('What exists now:')
  for (const instance of await environ.allInstances()) {
    const addresses = (await instance.addresses()).map(({ value }) => value).join(' ')
    say(
      `  ${instance.displayName}  ${instance.status.message}  ${instance.availabilityZone ?? ''}  ${addresses}`,
    )
  }

  await environ[Symbol.asyncDispose]()
  await environs.destroyController('quickstart', { credential })
  say('Destroyed')

  const left = Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())
  assert.deepEqual(left, [], 'something was left in the cloud')
  say('The cloud is empty again: no server, port or security group is left')
} finally {
  await cloud.close()
  await rm(dataDir, { recursive: true, force: true })
}
