/** A bootstrap on a virtual machine: a real kernel, a real cloud-init, a real systemd. */

import { supportsPower, UnavailableError } from 'cloud-environs'
import { expect, it, vi } from 'vitest'
import { machineRoom } from './machine-room.ts'

const UNIT = 'jujud-machine-0'
const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id'

it('ends with the agent under systemd, which is there again after a reboot', async () => {
  await using room = await machineRoom()
  const { environs, credential } = room
  const { instanceId } = await environs.bootstrap(room.params('vm'))

  // The command is another process: it finds the machine, its host key and its own key in the stores.
  const ssh = async (line: string) => (await room.command('ssh', '--', line)).trim()
  expect(await ssh(`systemctl is-active ${UNIT}; systemd-detect-virt`)).toBe('active\nqemu')
  expect(await ssh('. /etc/os-release; echo $ID $VERSION_ID; id -un; sudo -n id -un')).toBe(
    'debian 12\nubuntu\nroot',
  )
  expect(await ssh('cloud-init status; systemctl --failed --no-legend')).toBe('status: done')
  expect(await ssh('sudo stat -c "%a %U" /var/lib/juju/agents/machine-0/agent.conf')).toBe('600 root')
  expect(await room.command('console')).toMatch(/login:/)
  {
    await using controller = await environs.connectController('vm')
    expect(await controller.controller()).toMatchObject({ name: 'vm' })
    // The cloud is on this host's loopback, where a machine cannot come.
    await expect(controller.machines()).rejects.toThrow(UnavailableError)
    await expect(controller.machines()).rejects.toThrow('the cloud failed')
  }

  const before = await ssh(BOOT_ID)
  await using environ = await environs.openController('vm', { credential })
  if (!supportsPower(environ)) throw new Error('instances have no power switch')
  await environ.power.reboot(instanceId)
  await vi.waitFor(
    async () => {
      await using controller = await environs.connectController('vm')
      expect(await controller.controller()).toMatchObject({ name: 'vm' })
    },
    { timeout: 180_000, interval: 500 },
  )
  expect(await ssh(BOOT_ID)).not.toBe(before)
  expect(await ssh(`systemctl is-active ${UNIT}`)).toBe('active')

  await environs.destroyController('vm', { credential })
  await expect.poll(() => room.left(), { timeout: 10_000 }).toEqual({ directories: [], processes: [] })
})
