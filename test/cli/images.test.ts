/** `environs images`, as its users run it. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey } from '../simplestreams/served-tree.ts'
import { Account } from './command.ts'

let cloud: EmbeddedOpenStack
let account: Account
let directory: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20 })
  account = await Account.of(cloud)
  directory = await mkdtemp(join(tmpdir(), 'environs-cli-images-'))
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
  await rm(directory, { recursive: true })
})

interface Found {
  readonly images: readonly { readonly id: string; readonly arch: string; readonly source: string }[]
  readonly resolved?: { readonly source: string; readonly indexUrl: string }
  readonly skipped: readonly { readonly source: string; readonly reason: string }[]
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await account.run('--json', 'images', ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

describe('environs images', () => {
  it('writes what a cloud lists, signed, finds it again, and finds nothing wrong with it', async () => {
    const { privateKey, publicKey } = await newKey()
    const [secret, known] = [join(account.home, 'private.asc'), join(account.home, 'public.asc')]
    await Promise.all([writeFile(secret, privateKey), writeFile(known, publicKey)])
    const metadata = join(directory, 'listed')
    const { images, written } = await json<{ images: unknown[]; written: string[] }>(
      'generate',
      metadata,
      '--cloud',
      'embedded',
      '--private-key',
      secret,
    )
    expect(images).toHaveLength(5)
    expect(written.some((path) => path.endsWith('index.sjson'))).toBe(true)

    const listed = await json<Found>('find', 'embedded', '--arch', 'arm64')
    expect(listed.images).toMatchObject([{ arch: 'arm64', source: 'image service' }])
    const found = await json<Found>('find', 'embedded', '--arch', 'arm64', '--metadata-source', metadata)
    expect(found.images).toMatchObject([{ id: listed.images[0]?.id, source: 'image-metadata-url' }])
    expect(found.resolved?.indexUrl).toBe(`file://${metadata}/images/streams/v1/index.json`)

    const validated = await account.run('images', 'validate', metadata, '--public-key', known)
    expect(validated).toMatchObject({ code: 0 })
    expect(validated.stdout).toMatch(/^10 images in 4 documents, and nothing is wrong with them\.$/m)
  })

  it('writes one image, and says from where it is started', async () => {
    const metadata = join(directory, 'one')
    const of = ['--id', 'an-image', '--base', 'ubuntu@20.04', '--arch', 'amd64']
    const missing = await account.run('images', 'generate', metadata, ...of)
    expect(missing).toMatchObject({ code: 2 })
    expect(missing.stderr).toMatch(/needs --region, --endpoint/)
    await json('generate', metadata, '--cloud', 'embedded', ...of)
    const args = ['images', 'find', 'embedded', '--base', 'ubuntu@20.04', '--metadata-source', metadata]
    const { code, stdout } = await account.run(...args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^an-image +ubuntu@20\.04 +amd64 +released +RegionOne +image-metadata-url$/m)
    expect(stdout).toMatch(/^from file:.*\/one\/images\/streams\/v1\/index\.json$/m)
  })

  it('tells all faults with their places', async () => {
    const streams = join(directory, 'faulty', 'images', 'streams', 'v1')
    await mkdir(streams, { recursive: true })
    const [one, two] = ['com.ubuntu.cloud:server:24.04:amd64', 'com.ubuntu.cloud:server:22.04:amd64']
    const index = {
      format: 'index:1.0',
      index: {
        custom: {
          datatype: 'image-ids',
          clouds: [{ region: 'R', endpoint: 'nowhere' }, { endpoint: 'https://keystone.example' }],
          products: [one, two],
          path: 'streams/v1/products.json',
        },
        away: { datatype: 'image-ids', products: [one], path: '../away.json' },
      },
    }
    const items = { a: { region: 'R', endpoint: 'https://other.example', arch: 'arm64' }, b: 'b' }
    const products = { format: 'products:1.0', products: { [one]: { versions: { '20240101': { items } } } } }
    await writeFile(join(streams, 'index.json'), JSON.stringify(index))
    await writeFile(join(streams, 'products.json'), JSON.stringify(products))
    const { code, stdout, stderr } = await account.run('images', 'validate', join(directory, 'faulty'))
    expect(code).toBe(2)
    expect(stderr).toMatch(/has 8 faults/)
    const at = (document: string) => `file://${streams}/${document}.json: `
    const item = `products["${one}"].versions["20240101"].items`
    expect(stdout.trimEnd().split('\n')).toEqual([
      `${at('index')}index.custom.clouds[0].endpoint: "nowhere" is no URL`,
      `${at('index')}index.custom.clouds[1].region: is missing`,
      `${at('products')}products["${two}"]: is missing, and the index lists it`,
      `${at('products')}${item}.b: is no object`,
      `${at('products')}${item}.a.id: is missing`,
      `${at('products')}${item}.a.arch: is "arm64", and the product is for "amd64"`,
      `${at('products')}${item}.a: is for R at https://other.example, which the index does not list`,
      `${at('index')}index.away.path: "../away.json" is no path below the source`,
    ])
  })

  it('says that there is nothing, and where', async () => {
    const { code, stderr } = await account.run('images', 'validate', directory)
    expect(code).toBe(3)
    expect(stderr).toMatch(/there is no metadata at file:.*\/images\/streams\/v1/)
  })
})

describe('environs bootstrap --metadata-source', () => {
  it('looks there, and tells when there is nothing for this cloud', async () => {
    const metadata = join(directory, 'bootstrap')
    const of = ['--id', 'an-image', '--arch', 'amd64', '--base', 'ubuntu@18.04', '--cloud', 'embedded']
    await json('generate', metadata, ...of, '--region', 'RegionTwo')
    const config = ['--config', 'network=private', '--config', 'image-metadata-defaults-disabled=true']
    const bootstrap = (source: string) =>
      account.run(
        'bootstrap',
        '--no-agent',
        'embedded',
        '--base',
        'ubuntu@18.04',
        '--metadata-source',
        source,
        ...config,
      )
    const elsewhere = await bootstrap(metadata)
    expect(elsewhere.code).toBe(3)
    expect(elsewhere.stderr).toMatch(
      /no image metadata for RegionOne at .*"image-metadata-url" has RegionTwo at .*the cloud itself lists/,
    )
    const nowhere = await bootstrap('not-there')
    expect(nowhere.code).toBe(3)
    expect(nowhere.stderr).toMatch(/directory .*\/not-there does not exist/)
    expect(await account.isUnused()).toBe(true)
  })
})
