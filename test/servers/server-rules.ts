/**
 * The rules of the server service that its cloud has a part in. A cloud's test file calls {@link serverRules} with a host;
 * the cloud is the only difference.
 */

import {
  AlreadyExistsError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  NotValidError,
  type Server,
  type ServerParams,
  supportsImageCatalog,
  supportsServerHosting,
  supportsSnapshots,
} from 'cloud-environs'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Bench, openBench, type ServerHost } from './host.ts'

/** An OpenSSH public key. */
export function publicKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const field = (bytes: string | Buffer): Buffer => {
    const content = Buffer.from(bytes)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    return Buffer.concat([length, content])
  }
  const blob = Buffer.concat([field('ssh-ed25519'), field(Buffer.from(x, 'base64url'))])
  return `ssh-ed25519 ${blob.toString('base64')} of the staff`
}

const isPublic = ({ addresses }: Server): boolean => addresses.some(({ scope }) => scope === 'public')

export function serverRules(name: string, makeHost: () => Promise<ServerHost>): void {
  describe(`the rules of servers on ${name}`, () => {
    let host: ServerHost
    let before: readonly string[]
    beforeAll(async () => {
      host = await makeHost()
      before = await host.leftovers()
    }, 60_000)
    afterAll(async () => {
      const left = (await host.leftovers()).filter((each) => !before.includes(each))
      await host.dispose()
      expect(left).toEqual([])
    })

    /** A server on the bench's network. */
    const web = (bench: Bench, overrides: Partial<ServerParams> = {}): ServerParams => ({
      name: 'web',
      network: bench.network,
      image: host.image,
      flavor: host.flavor,
      ...overrides,
    })

    const hostedOf = async ({ environ }: Bench, { id }: Server) => {
      if (!supportsServerHosting(environ)) throw new Error('the environ hosts no servers')
      return (await environ.serverHosting.list({ ids: [id] }))[0]
    }

    it('rule 1: a server has the scope of its network, and is labelled with it', async () => {
      const bench = await openBench(host)
      const server = await bench.service.create(web(bench, { tags: { tier: 'front' } }))
      const scope = await bench.service.scopeOf(bench.network)
      expect(server).toMatchObject({ ...scope, name: 'web', network: bench.network, tags: { tier: 'front' } })
      expect(server.identity).toBe(bench.environ.config().uuid)
      expect(server.status).toMatchObject({ phase: 'Running', health: 'healthy' })
      expect(await bench.service.get(server.id)).toEqual(server)
      expect(await bench.service.list()).toEqual([server])
      expect((await hostedOf(bench, server))?.tags).toMatchObject({ tier: 'front' })
    })

    it('rule 2: a server that is not there, or another model’s, is not found', async () => {
      const [bench, other] = [await openBench(host), await openBench(host)]
      const server = await bench.service.create(web(bench))
      await expect(bench.service.get('absent')).rejects.toBeInstanceOf(NotFoundError)
      await expect(other.service.get(server.id)).rejects.toBeInstanceOf(NotFoundError)
      await expect(other.service.delete(server.id)).rejects.toBeInstanceOf(NotFoundError)
      expect(await other.service.list()).toEqual([])
    })

    it('rule 4: a missing network, flavor or image is not found, and nothing is made', async () => {
      const bench = await openBench(host)
      const absent = crypto.randomUUID()
      for (const wrong of [{ network: absent }, { flavor: absent }, { image: absent }]) {
        await expect(bench.service.create(web(bench, wrong))).rejects.toBeInstanceOf(NotFoundError)
      }
      expect(await bench.service.list()).toEqual([])
      expect(await bench.environ.allInstances()).toEqual([])
    })

    it('rule 5: 50 creates of one name at once make one server and 49 conflicts', async () => {
      const bench = await openBench(host)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, () => bench.service.create(web(bench))),
      )
      const refusals = outcomes.flatMap((each) =>
        each.status === 'rejected' ? [each.reason as unknown] : [],
      )
      expect(refusals).toHaveLength(49)
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(AlreadyExistsError)
      expect(await bench.service.list()).toMatchObject([{ name: 'web', status: { phase: 'Running' } }])
      expect(await bench.environ.allInstances()).toHaveLength(1)
      const elsewhere = await bench.service.create(web(bench, { network: await host.network() }))
      await bench.service.delete(elsewhere.id)
    }, 60_000)

    it('rule 6: an image has to be ready, and to suit the flavor', async () => {
      const bench = await openBench(host)
      const wrong = [
        { pending: true },
        { minDisk: 10_240_000 },
        { arch: 'riscv64' },
        { virtType: 'somebody-elses' },
      ]
      for (const wanted of wrong) {
        const image = await host.newImage(wanted)
        await expect(bench.service.create(web(bench, { image }))).rejects.toBeInstanceOf(NotValidError)
      }
      expect(await bench.environ.allInstances()).toEqual([])
    })

    it('rules 7 and 8: an authority is bound when a server is made, and stays', async () => {
      const bench = await openBench(host)
      const { service, network } = bench
      const absent = { mode: 'ca', authorityId: 'absent' } as const
      const refused = service.create(web(bench, { ssh: absent, userData: 'neither' }))
      await expect(refused).rejects.toBeInstanceOf(NotValidError)
      await expect(service.create(web(bench, { ssh: absent }))).rejects.toBeInstanceOf(NotFoundError)
      const scope = await service.scopeOf(network)
      const authority = await service.addAuthority(scope, publicKey())
      const other = await service.addAuthority({ ...scope, project: 'another' }, publicKey())
      const ssh = { mode: 'ca', authorityId: authority.id } as const
      const foreign = service.create(web(bench, { ssh: { ...ssh, authorityId: other.id } }))
      await expect(foreign).rejects.toBeInstanceOf(NotValidError)

      const server = await service.create(web(bench, { ssh, userData: '#!/bin/sh\ntrue\n' }))
      expect(server.ssh).toEqual(ssh)
      const changed = service.update(server.id, { ...server, ssh: { mode: 'none' } })
      await expect(changed).rejects.toBeInstanceOf(NotValidError)
      await expect(service.removeAuthority(authority.id)).rejects.toThrow(/in use by server "web"/)
      await service.delete(server.id)
      await service.removeAuthority(authority.id)
    })

    it('rules 9 and 11: source addresses are CIDRs, and groups are of the network', async () => {
      const bench = await openBench(host)
      const wrong = bench.service.create(web(bench, { allowedSourceAddresses: ['10.0.0.0/33'] }))
      await expect(wrong).rejects.toBeInstanceOf(NotValidError)
      const absent = bench.service.create(web(bench, { securityGroups: [crypto.randomUUID()] }))
      await expect(absent).rejects.toBeInstanceOf(NotFoundError)
      const foreign = await host.foreignSecurityGroup?.()
      if (foreign !== undefined) {
        const refused = bench.service.create(web(bench, { securityGroups: [foreign] }))
        await expect(refused).rejects.toBeInstanceOf(NotValidError)
      }
      expect(await bench.environ.allInstances()).toEqual([])
    })

    it('rules 9 to 11: networking comes to be what was asked for, and back', async () => {
      const bench = await openBench(host)
      const group = await host.securityGroup()
      const server = await bench.service.create(
        web(bench, { publicIp: true, securityGroups: [group], allowedSourceAddresses: ['192.168.7.0/24'] }),
      )
      expect(isPublic(server)).toBe(true)
      expect(await hostedOf(bench, server)).toMatchObject({
        securityGroups: [group],
        allowedSourceAddresses: ['192.168.7.0/24'],
      })
      const { image, flavor } = server
      const without = await bench.service.update(server.id, { image, flavor })
      expect([without.publicIp, isPublic(without)]).toEqual([false, false])
      expect(await hostedOf(bench, server)).toMatchObject({ securityGroups: [], allowedSourceAddresses: [] })
      const again = { image, flavor, publicIp: true, securityGroups: [group] }
      await bench.service.update(server.id, again)
      const twice = await bench.service.update(server.id, again)
      expect(twice.addresses.filter(({ scope }) => scope === 'public')).toHaveLength(1)
      expect((await hostedOf(bench, server))?.securityGroups).toEqual([group])
    })

    it('rule 12: the end of a network is the end of its servers, unless others are on it', async () => {
      const bench = await openBench(host)
      const { service, network } = bench
      await Promise.all(
        ['a', 'b'].map((name) => service.create(web(bench, { name, publicIp: name === 'a' }))),
      )
      const removePort = await host.port(network, 'somebody')
      const blocked = service.deleteNetwork(network)
      await expect(blocked).rejects.toBeInstanceOf(ConflictError)
      await expect(blocked).rejects.toThrow(/port "somebody"/)
      expect(await service.list()).toHaveLength(2)
      await removePort()
      await service.deleteNetwork(network)
      expect(await service.list()).toEqual([])
      expect(await bench.environ.allInstances()).toEqual([])
      await expect(service.scopeOf(network)).rejects.toBeInstanceOf(NotFoundError)
    })

    it('rule 13: servers are listed by labels and tags, by id; none is no error', async () => {
      const bench = await openBench(host)
      const { service, network } = bench
      const names = ['a', 'b', 'c']
      const made = await Promise.all(
        names.map((name) => service.create(web(bench, { name, tags: { name, tier: 'front' } }))),
      )
      const ids = made.map(({ id }) => id).sort()
      expect((await service.list({ network, tags: ['tier=front'] })).map(({ id }) => id)).toEqual(ids)
      expect(await service.list({ tags: ['tier=front', 'name=b'] })).toMatchObject([{ name: 'b' }])
      expect(await service.list({ network: 'another' })).toEqual([])
      expect(await service.list({ tags: ['tier=back'] })).toEqual([])
      await expect(service.list({ tags: ['tier'] })).rejects.toBeInstanceOf(InvalidRequestError)
    })

    it('rule 14: name and flavor stay, another image builds the server anew', async () => {
      const bench = await openBench(host)
      const { service } = bench
      const server = await service.create(web(bench, { userData: '#cloud-config\n{}\n' }))
      const { image, flavor } = server
      for (const wrong of [
        { name: 'other', image, flavor },
        { image, flavor: 'other' },
      ]) {
        await expect(service.update(server.id, wrong)).rejects.toBeInstanceOf(NotValidError)
      }
      const absent = service.update(server.id, { image: crypto.randomUUID(), flavor })
      await expect(absent).rejects.toBeInstanceOf(NotFoundError)
      const anew = await service.update(server.id, { image: await host.newImage({}), flavor })
      expect(anew).toMatchObject({
        id: server.id,
        instanceId: server.instanceId,
        status: { phase: 'Running' },
      })
      expect(anew.image).not.toBe(image)
      expect((await hostedOf(bench, server))?.imageId).toBe(anew.image)
    })

    it('rule 15: what is deleted is gone, with all that was made for it', async () => {
      const bench = await openBench(host)
      const { service } = bench
      const start = await host.leftovers()
      const server = await service.create(web(bench, { publicIp: true, ssh: { mode: 'keypair' } }))
      await service.delete(server.id)
      expect(await host.leftovers()).toEqual(start)
      await expect(service.delete(server.id)).rejects.toBeInstanceOf(NotFoundError)
      await service.create(web(bench))
    })

    it('rules 16 to 18: power and console, and what its state does not allow', async () => {
      const bench = await openBench(host)
      const { service } = bench
      const { id } = await service.create(web(bench))
      expect(await service.consoleOutput(id)).not.toBe('')
      expect((await service.consoleSession(id)).url).toMatch(/^\w+:/)
      await service.reboot(id)
      await service.reboot(id, { hard: true })
      await service.stop(id)
      await service.stop(id)
      expect((await service.get(id)).status).toMatchObject({ phase: 'Stopped', health: 'degraded' })
      const refused = service.reboot(id)
      await expect(refused).rejects.toBeInstanceOf(InvalidRequestError)
      await expect(refused).rejects.toMatchObject({ operation: 'soft reboot' })
      await service.start(id)
      expect((await service.get(id)).status).toMatchObject({ phase: 'Running', health: 'healthy' })
    })

    it('rules 20 and 21: a snapshot tells where it comes from', async () => {
      const bench = await openBench(host)
      const { service, environ } = bench
      const image = await host.newImage({})
      const server = await service.create(web(bench, { image }))
      const snapshot = await service.snapshot(server.id, { name: 'before', tags: { release: '7' } })
      onTestFinished(async () => {
        if (supportsSnapshots(environ)) await environ.snapshots.delete(snapshot.id)
      })
      if (!supportsImageCatalog(environ)) throw new Error('the environ has no catalog')
      await expect
        .poll(async () => (await environ.imageCatalog.require(snapshot.id)).state, { timeout: 30_000 })
        .toBe('ready')
      const [base, made] = await Promise.all(
        [image, snapshot.id].map((each) => environ.imageCatalog.require(each)),
      )
      expect(made).toMatchObject({ name: 'before', arch: base?.arch })
      expect(made?.tags).toMatchObject({
        ...base?.tags,
        release: '7',
        'images.unikorn-cloud.org:source': 'snapshot',
        'images.unikorn-cloud.org:organization-id': server.organization,
      })
      const reserved = service.snapshot(server.id, { name: 's', tags: { 'juju-model-uuid': 'x' } })
      await expect(reserved).rejects.toBeInstanceOf(NotValidError)
    })

    it('rule 22: a key is there in mode keypair alone', async () => {
      const bench = await openBench(host)
      const { service } = bench
      const [a, b, none] = await Promise.all([
        service.create(web(bench, { name: 'a', ssh: { mode: 'keypair' } })),
        service.create(web(bench, { name: 'b', ssh: { mode: 'keypair' } })),
        service.create(web(bench, { name: 'none' })),
      ])
      const key = await service.sshKey(a.id)
      expect(key.privateKey.reveal()).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/)
      expect((await service.sshKey(b.id)).publicKey).toBe(key.publicKey)
      await expect(service.sshKey(none.id)).rejects.toThrow(/has no SSH key/)
    })

    it('leaves nothing of a create that is cancelled', async () => {
      const bench = await openBench(host)
      const start = await host.leftovers()
      const abort = new AbortController()
      const reason = new Error('enough')
      const creating = bench.service.create(web(bench, { publicIp: true }), { signal: abort.signal })
      abort.abort(reason)
      await expect(creating).rejects.toBe(reason)
      expect(await bench.service.list()).toEqual([])
      expect(await host.leftovers()).toEqual(start)
    })
  })
}
