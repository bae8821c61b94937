/** Bootstraps on virtual machines that are not what was started. */

import { TimeoutError, UntrustedError } from 'cloud-environs'
import { afterEach, describe, expect, it } from 'vitest'
import { blankImage, type MachineRoom, machineRoom } from './machine-room.ts'

let room: MachineRoom
afterEach(() => room[Symbol.asyncDispose]())

/** A bootstrap whose machine runs commands before all else, and is not done for long. */
const bootstrap = (preruncmd: readonly string[], timeout = 300_000) =>
  room.environs.bootstrap(
    {
      ...room.params('vm'),
      modelConfig: { 'cloudinit-userdata': JSON.stringify({ preruncmd: [...preruncmd, 'sleep 600'] }) },
    },
    { dialOpts: { timeout, retryDelay: 1_000, addressesDelay: 1_000 } },
  )

async function expectNothingLeft(): Promise<void> {
  expect(Object.values(room.cloud.inventory()).flatMap((project) => Object.values(project).flat())).toEqual(
    [],
  )
  await expect.poll(() => room.left(), { timeout: 10_000 }).toEqual({ directories: [], processes: [] })
}

describe('a bootstrap is refused, and nothing is left of it, when the machine', () => {
  it('shows another host key', async () => {
    room = await machineRoom()
    const failure = bootstrap([
      'rm -f /etc/ssh/ssh_host_*',
      'ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key',
      'systemctl restart ssh',
    ])
    await expect(failure).rejects.toThrow(UntrustedError)
    await expect(failure).rejects.toThrow('shows the SSH host key')
    await expectNothingLeft()
  })

  it('has another nonce', async () => {
    room = await machineRoom()
    const failure = bootstrap(['mkdir -p /var/lib/juju', 'echo machine-7:other > /var/lib/juju/nonce.txt'])
    await expect(failure).rejects.toThrow(UntrustedError)
    await expect(failure).rejects.toThrow('another nonce')
    await expectNothingLeft()
  })

  it('never answers', async () => {
    room = await machineRoom(blankImage)
    await expect(bootstrap([], 5_000)).rejects.toThrow(TimeoutError)
    await expectNothingLeft()
  })
})
