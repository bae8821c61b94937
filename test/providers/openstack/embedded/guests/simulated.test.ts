/** What runs on a server of the embedded cloud: reached through the cloud as a proxy, by SSH. */

import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { OpenStackConnection } from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { Client, utils } from 'ssh2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { proxyDialer } from '../../../../../src/runtime/host/dialer.ts'
import { connected, plainServer } from '../../peer-faults/embedded-model.ts'

const hostKey = utils.generateKeyPairSync('ed25519')
const userKey = utils.generateKeyPairSync('ed25519')

let cloud: EmbeddedOpenStack
let connection: OpenStackConnection
beforeEach(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 5 })
  connection = await connected(cloud)
})
afterEach(() => cloud.close())

const cloudConfig = (over: object = {}): string =>
  gzipSync(
    `#cloud-config\n${JSON.stringify({
      users: [{ name: 'ubuntu', ssh_authorized_keys: [userKey.public] }],
      ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
      ...over,
    })}`,
  ).toString('base64')

/** A server that lets SSH and port 17070 in; gives its address. */
async function server(userData: string): Promise<{ id: string; address: string }> {
  const { network, compute } = connection
  const group = await network.securityGroups.create({ name: 'open' })
  for (const port of [22, 17_070]) {
    await network.securityGroupRules.create({
      securityGroupId: group.id,
      direction: 'ingress',
      etherType: 'IPv4',
      protocol: 'tcp',
      portRangeMin: port,
      portRangeMax: port,
      remoteIpPrefix: '0.0.0.0/0',
    })
  }
  const made = await compute.servers.create({
    name: 's',
    ...(await plainServer(connection)),
    userData,
    securityGroups: ['open'],
  })
  const { addresses } = await compute.servers.waitForStatus(made.id)
  return { id: made.id, address: Object.values(addresses)[0]?.[0]?.address ?? '' }
}

const dial = (host: string, port = 22) => proxyDialer(cloud.proxy).dial({ host, port })

/** A command over SSH: what it wrote, and its exit code. The host key that the guest showed is pinned. */
async function ssh(address: string, command: string, input = ''): Promise<{ out: string; code: number }> {
  const client = new Client()
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('error', reject)
      dial(address).then(
        (sock) =>
          client.connect({
            sock,
            username: 'ubuntu',
            privateKey: userKey.private,
            hostVerifier: (shown: Buffer) => {
              const key = utils.parseKey(hostKey.public)
              return !(key instanceof Error) && key.getPublicSSH().equals(shown)
            },
          }),
        reject,
      )
    })
    return await new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error)
        let code = -1
        channel.on('exit', (exit: number) => (code = exit))
        const out = text(channel)
        channel.on('close', () => void out.then((said) => resolve({ out: said, code })))
        channel.end(input)
      })
    })
  } finally {
    client.end()
  }
}

describe('a simulated guest', () => {
  it('has the host key, users and files of its user data, and runs commands below a directory of its own', async () => {
    const { address } = await server(
      cloudConfig({
        write_files: [{ path: '/etc/motd', content: 'hello', permissions: '0600' }],
        runcmd: [['sh', '-c', 'echo nonce > /var/lib/nonce.txt']],
      }),
    )
    expect(await ssh(address, 'cat; cat /etc/motd; echo; stat -c %a /etc/motd; exit 3', 'in ')).toEqual({
      out: 'in hello\n600\n',
      code: 3,
    })
    await vi.waitFor(async () =>
      expect((await ssh(address, 'sudo -n cat /var/lib/nonce.txt')).out).toBe('nonce\n'),
    )
    await expect(readFile('/var/lib/nonce.txt')).rejects.toThrow('ENOENT')
  })

  it('keeps its files and starts its services again when the server is rebooted', async () => {
    const { id, address } = await server(cloudConfig())
    const unit = ['[Service]', 'ExecStart=/opt/service', '[Install]', 'WantedBy=multi-user.target', ''].join(
      '\n',
    )
    const service = `
      import { createServer } from 'node:net'
      import { appendFileSync } from 'node:fs'
      const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1', () =>
        console.log('listening on port 17070 at 127.0.0.1:' + server.address().port))`
    await ssh(address, 'mkdir -p /opt; cat > /opt/service.mjs', service)
    const program = `#!/bin/sh\nexec '${process.execPath}' "$(dirname "$0")/service.mjs"\n`
    await ssh(address, 'cat > /opt/service; chmod 755 /opt/service', program)
    await ssh(address, 'mkdir -p /etc/systemd/system; cat > /etc/systemd/system/it.service', unit)
    expect(await ssh(address, 'systemctl is-active it')).toEqual({ out: 'inactive\n', code: 3 })
    expect((await ssh(address, 'sudo systemctl daemon-reload && sudo systemctl enable --now it')).code).toBe(
      0,
    )
    const answer = async () => await text(await dial(address, 17_070))
    await vi.waitFor(async () => expect(await answer()).toBe('here'))

    await connection.compute.servers.reboot(id, 'HARD')
    await connection.compute.servers.waitForStatus(id)
    await vi.waitFor(async () => expect(await answer()).toBe('here'))
    expect((await ssh(address, 'systemctl is-active it')).out).toBe('active\n')
    expect((await ssh(address, 'sudo journalctl -u it.service')).out).toContain('listening on port 17070')

    await connection.compute.servers.stop(id)
    await connection.compute.servers.waitForStatus(id, { accept: ['SHUTOFF'] })
    await expect(dial(address)).rejects.toMatchObject({ status: 504 })
    await connection.compute.servers.start(id)
    await connection.compute.servers.waitForStatus(id)
    await vi.waitFor(async () => expect(await answer()).toBe('here'))
  })

  it('is reached only where a security group lets everybody in, and while its server is there', async () => {
    const { id, address } = await server(cloudConfig())
    expect((await ssh(address, 'true')).code).toBe(0)
    await expect(dial(address, 80)).rejects.toMatchObject({ status: 504 })
    await expect(dial('10.9.9.9')).rejects.toMatchObject({ status: 504 })
    const { out } = await ssh(address, 'echo $HOME')
    await connection.compute.servers.delete(id)
    await connection.compute.servers.waitForDelete(id)
    await expect(dial(address)).rejects.toMatchObject({ status: 504 })
    await vi.waitFor(async () => await expect(readFile(out.trim())).rejects.toThrow('ENOENT'))
  })
})
