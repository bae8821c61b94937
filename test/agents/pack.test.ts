import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, link, mkdir, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  ConflictError,
  EnvironsError,
  NotFoundError,
  NotValidError,
  packAgent,
  type PackedAgent,
  readPackedAgent,
} from 'cloud-environs'
import fc from 'fast-check'
import { unpackTar } from 'modern-tar'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newBuild, newDirectory } from './served-agents.ts'

const target = { version: '3.6.1.1', os: 'ubuntu', arch: 'arm64' }

async function pack(directory: string, into?: string) {
  return await packAgent({ directory, into: into ?? (await newDirectory()), ...target })
}
const bytes = async (directory: string) => await readFile((await pack(directory)).path)

describe('a packed build', () => {
  it('has what the build has, nobody’s name, and one time', async () => {
    const directory = await newBuild({ 'jujud*': 'binary', 'lib/data.txt': 'ü', empty: '' })
    await symlink('jujud', join(directory, 'jujuc'))
    await symlink('../jujud', join(directory, 'lib', 'up'))
    const entries = await unpackTar(gunzipSync(await bytes(directory)), { strict: true })
    const seen = entries.map(({ header, data }) => [
      header.type,
      header.name,
      header.mode,
      header.linkname || Buffer.from(data ?? []).toString(),
    ])
    expect(seen).toEqual([
      ['file', 'empty', 0o644, ''],
      ['symlink', 'jujuc', 0o777, 'jujud'],
      ['file', 'jujud', 0o755, 'binary'],
      ['directory', 'lib/', 0o755, ''],
      ['file', 'lib/data.txt', 0o644, 'ü'],
      ['symlink', 'lib/up', 0o777, '../jujud'],
    ])
    const owners = entries.map(({ header: { uid, gid, uname, gname } }) => [
      uid,
      gid,
      uname || '',
      gname || '',
    ])
    expect(new Set(owners.map(String))).toEqual(new Set(['0,0,,']))
    expect(new Set(entries.map(({ header }) => header.mtime?.getUTCFullYear()))).toEqual(new Set([2000]))
  })

  it('is unpacked by the tar of a machine', async () => {
    const name = `${'deep/'.repeat(40)}jüjud*`
    const { path } = await pack(await newBuild({ [name]: 'binary' }))
    const into = await newDirectory()
    execFileSync('tar', ['-xzf', path, '-C', into])
    expect(await readFile(join(into, name.replace('*', '')), 'utf8')).toBe('binary')
  })

  it('is the same bytes whenever, wherever and in whichever order it was built', async () => {
    const [one, two] = [await newBuild({ 'b*': 'same', a: 'x' }), await newBuild({ a: 'x', 'b*': 'same' })]
    await utimes(join(two, 'a'), 1, 1)
    await chmod(join(two, 'a'), 0o600)
    await writeFile(join(one, 'c'), 'x')
    await link(join(two, 'a'), join(two, 'c'))
    expect((await bytes(one)).equals(await bytes(two))).toBe(true)
  })

  it('comes with a manifest of its size and checksum', async () => {
    const packed = await pack(await newBuild())
    const content = await readFile(packed.path)
    expect(basename(packed.path)).toBe('juju-3.6.1.1-ubuntu-arm64.tar.gz')
    expect(packed).toMatchObject({ ...target, size: content.length })
    expect(packed.sha256).toBe(createHash('sha256').update(content).digest('hex'))
    expect(await readPackedAgent(packed.path)).toEqual(packed)
  })
})

describe('what cannot be packed is refused, and nothing is written:', () => {
  /** The error, and the files that are left. */
  const refusal = async (directory: string) => {
    const into = await newDirectory()
    const error: unknown = await pack(directory, into).catch((reason: unknown) => reason)
    return { error, files: await readdir(into) }
  }
  const notValid = { error: expect.any(NotValidError), files: [] }

  it.each(['/etc/passwd', '../outside', 'lib/../../outside', 'nowhere', '../build/jujud'])(
    'a link to %s',
    async (to) => {
      const parent = await newBuild({ outside: '', 'build/jujud*': '', 'build/lib/x': '' })
      await symlink(to, join(parent, 'build', 'link'))
      expect(await refusal(join(parent, 'build'))).toMatchObject(notValid)
    },
  )

  it('an absolute link, even to what is packed', async () => {
    const directory = await newBuild()
    await symlink(join(directory, 'jujud'), join(directory, 'jujuc'))
    expect(await refusal(directory)).toMatchObject(notValid)
  })

  it('a link that leaves by way of another link', async () => {
    const directory = join(await newBuild({ outside: '', 'build/deep/down/jujud*': '' }), 'build')
    await symlink('../..', join(directory, 'deep', 'down', 'up'))
    await symlink('deep/down/up/../outside', join(directory, 'link'))
    expect(await refusal(directory)).toMatchObject(notValid)
  })

  it('a socket', async () => {
    const directory = await newBuild()
    const server = createServer().listen(join(directory, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    expect(await refusal(directory)).toMatchObject(notValid)
  })

  it('nothing at all', async () => {
    const directory = await newDirectory()
    expect(await refusal(directory)).toMatchObject(notValid)
    await mkdir(join(directory, 'empty'))
    expect(await refusal(directory)).toMatchObject(notValid)
    expect(await refusal(join(directory, 'missing'))).toMatchObject({ error: expect.any(NotFoundError) })
  })

  it('into itself', async () => {
    const directory = await newBuild()
    await expect(pack(directory, join(directory, 'out', 'deep'))).rejects.toBeInstanceOf(NotValidError)
    expect(await readdir(directory)).toEqual(['jujud'])
  })

  it.each([{ version: '3.6' }, { os: '../x' }, { arch: 'a:b' }, { arch: '' }])('for %j', async (wrong) => {
    const into = await newDirectory()
    const packing = packAgent({ directory: await newBuild(), into, ...target, ...wrong })
    await expect(packing).rejects.toBeInstanceOf(NotValidError)
    expect(await readdir(into)).toEqual([])
  })

  it('a file that grows meanwhile', async () => {
    const into = await newDirectory()
    const directory = await newBuild({ a: 'x'.repeat(20_000_000), 'jujud*': '' })
    const packing = pack(directory, into)
    packing.catch(() => undefined)
    while ((await readdir(into)).length === 0) await new Promise(setImmediate)
    await writeFile(join(directory, 'jujud'), 'more')
    await expect(packing).rejects.toBeInstanceOf(ConflictError)
    expect(await readdir(into)).toEqual([])
  })

  it('where nothing can be written', async () => {
    const file = join(await newBuild(), 'jujud')
    await expect(pack(await newBuild(), file)).rejects.toBeInstanceOf(EnvironsError)
  })

  it('when it is interrupted', async () => {
    const into = await newDirectory()
    const interrupt = new AbortController()
    const directory = await newBuild({ 'jujud*': 'x'.repeat(20_000_000) })
    const packing = packAgent({ directory, into, ...target }, { signal: interrupt.signal })
    while ((await readdir(into)).length === 0) await new Promise(setImmediate)
    interrupt.abort()
    await expect(packing).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(into)).toEqual([])
  })
})

describe('a manifest', () => {
  it('belongs to its archive', async () => {
    const { path } = await pack(await newBuild())
    await writeFile(path, 'another')
    await expect(readPackedAgent(path)).rejects.toBeInstanceOf(NotValidError)
    await rename(path, `${path}.away`)
    await expect(readPackedAgent(path)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('is read or refused, whatever is in it', async () => {
    const { path } = await pack(await newBuild())
    const manifest = JSON.parse(await readFile(`${path}.json`, 'utf8')) as Record<string, unknown>
    const change = fc.tuple(fc.constantFrom(...Object.keys(manifest)), fc.jsonValue())
    const text = fc.oneof(
      fc.string(),
      change.map(([name, value]) => JSON.stringify({ ...manifest, [name]: value })),
    )
    await fc.assert(
      fc.asyncProperty(text, async (any) => {
        await writeFile(`${path}.json`, any)
        const read = await readPackedAgent(path).catch((error: unknown) => error)
        const isRefused = read instanceof NotValidError
        expect(isRefused || (read as PackedAgent).sha256 === manifest['sha256']).toBe(true)
      }),
    )
  })
})
