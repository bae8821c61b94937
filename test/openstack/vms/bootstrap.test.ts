/** A bootstrap on a real OpenStack whose servers are real machines, seen with OpenStack's own command. */

import { expect, it, vi } from 'vitest'
import { NOTHING, User } from './cloud.ts'

const UNIT = 'jujud-machine-0'
const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id'

interface Status {
  readonly agent: { readonly state: string; readonly address?: string }
}

interface ShownServer {
  readonly id: string
  readonly status: string
  readonly addresses: Readonly<Record<string, readonly string[]>>
  readonly properties: Readonly<Record<string, string>>
}

it('ends with a controller that answers from inside its machine, also after a reboot; destroy leaves nothing', async () => {
  await using user = await User.start()
  expect(await user.left()).toEqual(NOTHING)
  await user.bootstrap('real')

  const { servers, groups, ports, machines } = await user.left()
  expect(servers).toEqual([expect.stringMatching(/^juju-[0-9a-f]{6}-controller-0$/)])
  expect(groups.length).toBeGreaterThan(0)
  expect(ports).toHaveLength(1)
  expect(machines).toHaveLength(1)
  const server = await user.openstack<ShownServer>('server', 'show', servers[0] ?? '')
  expect(server.status).toBe('ACTIVE')
  expect(server.properties).toMatchObject({ 'juju-is-controller': 'true' })
  const address = server.addresses['vmnet']?.[0] ?? ''

  const agent = async () => (JSON.parse(await user.environs(['--json', 'status'])) as Status).agent
  const ssh = async (line: string) => (await user.environs(['ssh', '--', line])).trim()
  expect(await agent()).toMatchObject({ state: 'answers', address: `${address}:17070` })
  expect(await ssh('. /etc/os-release; echo $ID $VERSION_ID; id -un; sudo -n id -un')).toBe(
    'debian 12\nubuntu\nroot',
  )
  expect(await ssh(`systemctl is-active ${UNIT}; systemd-detect-virt; hostname -I`)).toBe(
    `active\nqemu\n${address}`,
  )
  expect(await ssh('cloud-init status; systemctl --failed --no-legend')).toBe('status: done')
  expect(await ssh('sudo stat -c "%a %U" /var/lib/juju/agents/machine-0/agent.conf')).toBe('600 root')
  expect(await user.environs(['console'])).toMatch(/login:/)

  const before = await ssh(BOOT_ID)
  // A machine that goes down may take the connection with it.
  await ssh('sudo systemctl reboot').catch(() => undefined)
  await vi.waitFor(async () => expect(await ssh(BOOT_ID)).not.toBe(before), {
    timeout: 240_000,
    interval: 1_000,
  })
  await vi.waitFor(async () => expect((await agent()).state).toBe('answers'), {
    timeout: 120_000,
    interval: 1_000,
  })

  await user.environs(['destroy', 'real', '--yes'])
  expect(await user.left()).toEqual(NOTHING)
})
