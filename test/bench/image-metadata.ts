import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchImageMetadata, urlDataSource } from 'cloud-environs'
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

/** Looking up an image in 10 MB of products, against reading and `JSON.parse` of the same bytes. */
export async function imageMetadata(): Promise<readonly Figure[]> {
  const baseUrl = await mkdtemp(join(tmpdir(), 'environs-bench-'))
  try {
    const folder = join(baseUrl, 'streams', 'v1')
    const path = 'streams/v1/products.json'
    await mkdir(folder, { recursive: true })
    await writeFile(join(baseUrl, path), JSON.stringify(products()))
    const entry = { datatype: 'image-ids', clouds: [CLOUD], products: [product(0)], path }
    await writeFile(
      join(folder, 'index2.json'),
      JSON.stringify({ format: 'index:1.0', index: { released: entry } }),
    )
    const source = urlDataSource({ description: 'bench', baseUrl })
    const bases = [{ os: 'ubuntu', version: '10.04' }]
    const { ours, bare, ratio } = await pairs(
      PAIRS,
      () =>
        timed(async () => {
          const { images } = await fetchImageMetadata([source], { ...CLOUD, bases })
          if (images.length !== 1) throw new Error(`${images.length} images were found, of 1`)
        }),
      () => timed(async () => JSON.parse(await readFile(join(baseUrl, path), 'utf8'))),
    )
    return [
      {
        subject: 'an image looked up in 10 MB of products',
        measured: `${ratio.toFixed(2)} × reading + JSON.parse (${ours.toFixed(0)} ms against ${bare.toFixed(0)} ms)`,
        goal: '≤ 1.3 ×',
        met: ratio <= 1.3,
      },
    ]
  } finally {
    await rm(baseUrl, { recursive: true })
  }
}
