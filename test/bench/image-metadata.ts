import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchImageMetadata, urlDataSource } from 'cloud-environs'
import {
  createCleartextMessage,
  generateKey,
  readCleartextMessage,
  readKey,
  readPrivateKey,
  sign,
  verify,
} from 'openpgp'
import { request } from 'undici'
import { getMetadata, type Item } from '../../src/simplestreams/index.ts'
import { type Figure, pairs, timed } from './measure.ts'

const VERSIONS = 30
const ITEMS = 200
const RELEASES = 10
const PAIRS = 15
const CLOUD = { region: 'region-1', endpoint: 'https://keystone.example:5000/v3' }

const range = (length: number): readonly number[] => Array.from({ length }, (_, n) => n)
const product = (release: number): string => `com.ubuntu.cloud:server:${release + 10}.04:amd64`

/** A products file of about 10 MB: every release with its versions, each with an image in each region. */
const products = (): object => ({
  format: 'products:1.0',
  _aliases: {
    crsn: Object.fromEntries(
      range(ITEMS).map((n) => [`r${n}`, { region: `region-${n}`, endpoint: CLOUD.endpoint }]),
    ),
  },
  products: Object.fromEntries(
    range(RELEASES).map((release) => [
      product(release),
      {
        arch: 'amd64',
        versions: Object.fromEntries(
          range(VERSIONS).map((day) => [
            String(20_250_101 + day),
            {
              items: Object.fromEntries(
                range(ITEMS).map((n) => [
                  `item${n}`,
                  {
                    id: crypto.randomUUID(),
                    crsn: `r${n}`,
                    virt: 'kvm',
                    root_store: 'ssd',
                    sha256: 'f'.repeat(64),
                  },
                ]),
              ),
            },
          ]),
        ),
      },
    ]),
  ),
})

const PATH = 'streams/v1/products'

/** An index2 whose entry leads to the products; other entries are for other clouds. */
const index = (suffix: string): object => ({
  format: 'index:1.0',
  index: {
    ...Object.fromEntries(
      range(50).map((n) => [
        `com.ubuntu.cloud:released:other-${n}`,
        {
          datatype: 'image-ids',
          clouds: [{ region: `r${n}`, endpoint: `https://other-${n}.example` }],
          products: range(RELEASES).map(product),
          path: `streams/v1/other-${n}.${suffix}`,
        },
      ]),
    ),
    'com.ubuntu.cloud:released': {
      datatype: 'image-ids',
      clouds: [CLOUD],
      products: range(RELEASES).map(product),
      path: `${PATH}.${suffix}`,
    },
  },
})

/** Serves the files of a tree; gives the address. */
async function serve(root: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    readFile(join(root, request.url ?? '')).then(
      (data) => response.end(data),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** A tree, signed and not, whose mirror is the tree as it is served. */
async function writeTree(root: string, mirror: string): Promise<string> {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'bench' }], format: 'armored' })
  const signingKeys = await readPrivateKey({ armoredKey: privateKey })
  const documents = {
    [PATH]: () => products(),
    'streams/v1/index2': index,
    'streams/v1/mirrors': (suffix: string) => ({
      format: 'mirrors:1.0',
      mirrors: { bench: [{ mirror, path: `${PATH}.${suffix}`, clouds: [CLOUD], datatype: 'image-ids' }] },
    }),
  }
  await mkdir(join(root, 'streams', 'v1'), { recursive: true })
  for (const [name, document] of Object.entries(documents)) {
    await writeFile(join(root, `${name}.json`), JSON.stringify(document('json')))
    // As Ubuntu's are: many lines.
    const message = await createCleartextMessage({ text: JSON.stringify(document('sjson'), undefined, 1) })
    await writeFile(join(root, `${name}.sjson`), await sign({ message, signingKeys }))
  }
  return publicKey
}

/** Reading, checking the signature, and `JSON.parse`: nothing else. */
async function bareSigned(path: string, armoredKey: string): Promise<void> {
  const message = await readCleartextMessage({ cleartextMessage: await readFile(path, 'utf8') })
  const { data, signatures } = await verify({ message, verificationKeys: await readKey({ armoredKey }) })
  await signatures[0]?.verified
  JSON.parse(data)
}

/** Looking up an image in 10 MB of products, against reading, checking and `JSON.parse` of the same bytes. */
export async function imageMetadata(): Promise<readonly Figure[]> {
  const root = await mkdtemp(join(tmpdir(), 'environs-bench-'))
  const { url, server } = await serve(root)
  try {
    const publicSigningKey = await writeTree(root, url)
    const bases = [{ os: 'ubuntu', version: '10.04' }]
    const found = ({ length }: readonly unknown[], expected: number): void => {
      if (length !== expected) throw new Error(`${length} images were found, of ${expected}`)
    }
    const lookUp = (more: object) => async () => {
      const source = urlDataSource({ description: 'bench', baseUrl: root, ...more })
      found((await fetchImageMetadata([source], { ...CLOUD, bases })).images, 1)
    }
    const mirrored = async (): Promise<void> => {
      const query = {
        datatype: 'image-ids',
        cloud: CLOUD,
        productId: (id: string) => id === product(0),
        item: (item: Item) => item.attribute('region') === CLOUD.region,
        mirrorContentId: 'bench',
      }
      const source = urlDataSource({ description: 'bench', baseUrl: url })
      found((await getMetadata([source], query)).items, VERSIONS)
    }
    const path = join(root, PATH)
    const sides: readonly (readonly [string, string, () => Promise<void>, () => Promise<unknown>])[] = [
      [
        'an image looked up in 10 MB of products',
        'reading + JSON.parse',
        lookUp({}),
        async () => JSON.parse(await readFile(`${path}.json`, 'utf8')),
      ],
      [
        'in 10 MB of signed products',
        'reading + verifying + JSON.parse',
        lookUp({ requireSigned: true, publicSigningKey }),
        () => bareSigned(`${path}.sjson`, publicSigningKey),
      ],
      [
        'in 10 MB of products on a mirror',
        'download + JSON.parse',
        mirrored,
        async () => {
          for (const name of ['streams/v1/index2', 'streams/v1/mirrors', PATH])
            JSON.parse(await (await request(`${url}/${name}.json`)).body.text())
        },
      ],
    ]
    const figures: Figure[] = []
    for (const [subject, bareName, our, their] of sides) {
      // What the one before left is not paid for by this one.
      globalThis.gc?.()
      const { ours, bare, ratio } = await pairs(
        PAIRS,
        () => timed(our),
        () => timed(their),
      )
      figures.push({
        subject,
        measured: `${ratio.toFixed(2)} × ${bareName} (${ours.toFixed(0)} ms against ${bare.toFixed(0)} ms)`,
        goal: '≤ 1.3 ×',
        met: ratio <= 1.3,
      })
    }
    return figures
  } finally {
    server.closeAllConnections()
    server.close()
    await rm(root, { recursive: true })
  }
}
