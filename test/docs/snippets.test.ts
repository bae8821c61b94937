/** Every TypeScript snippet of the documents is compiled as a user would, and run against an OpenStack of its own. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
// Below the package, so that a snippet finds it by its name.
const directory = join(root, 'dist', 'snippets')

const documents = [
  'README.md',
  ...(await readdir(join(root, 'docs'))).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
]

const snippets = (
  await Promise.all(
    documents.map(async (document) => {
      const text = await readFile(join(root, document), 'utf8')
      return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], index) => ({
        name: `${document.replace(/\W+/g, '-')}-${index + 1}`,
        document: `${document}, snippet ${index + 1}`,
        code,
      }))
    }),
  )
).flat()

beforeAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await Promise.all(snippets.map(({ name, code }) => writeFile(join(directory, `${name}.ts`), code)))
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: {
        rootDir: '.',
        outDir: '.',
        declaration: false,
        sourceMap: false,
        noEmitOnError: true,
      },
      include: [],
      files: snippets.map(({ name }) => `${name}.ts`),
    }),
  )
}, 60_000)

afterAll(() => rm(directory, { recursive: true, force: true }))

describe('the documents', () => {
  it('have snippets that compile', async () => {
    expect(snippets.length).toBeGreaterThan(5)
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', directory]).catch(
      (error: { stdout: string }) => error,
    )
    expect(stdout).toBe('')
  }, 60_000)

  it.each(snippets)(
    'run: $document',
    async ({ name }) => {
      await using cloud = await startEmbeddedOpenStack()
      const home = await mkdtemp(join(tmpdir(), 'environs-snippet-'))
      const clouds = join(home, 'clouds.yaml')
      await writeFile(clouds, cloud.cloudsYaml(), { mode: 0o600 })
      const env = {
        PATH: process.env['PATH'],
        HOME: home,
        ENVIRONS_DATA: join(home, 'environs'),
        ...cloud.environment(),
        ENVIRONS_PROXY: cloud.proxy,
        // The agent is packed once for all of them.
        XDG_CACHE_HOME: join(root, 'node_modules', '.cache'),
        OS_CLIENT_CONFIG_FILE: clouds,
      }
      try {
        await run(process.execPath, [join(directory, `${name}.js`)], { env, cwd: home, timeout: 60_000 })
      } finally {
        await rm(home, { recursive: true, force: true })
      }
      expect(Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())).toEqual([])
    },
    90_000,
  )
})
