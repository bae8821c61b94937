/** What the built package loads and tells the compiler. */

import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/** A loader that prints the URL of each module. */
const TRACER = `
  import { writeSync } from 'node:fs'
  export async function load(url, context, next) {
    writeSync(1, 'LOADED ' + url + '\\n')
    return await next(url, context)
  }`

/** Packages that a program loads, by the files that it loads from them. */
async function packages(program: string): Promise<readonly string[]> {
  const tracer = `data:text/javascript,${encodeURIComponent(TRACER)}`
  const source = `
    import { createRequire, register } from 'node:module'
    register(${JSON.stringify(tracer)})
    const load = (file) => import(new URL(file, ${JSON.stringify(`file://${dist}/`)}))
    ${program}
    for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log('LOADED ' + file)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source])
  expect(stdout).toContain('dist/src/index.js')
  const names = stdout.matchAll(/^LOADED .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)
  return [...new Set([...names].map(([, name = '']) => name))].sort()
}

describe('importing the built package', () => {
  it('loads no library', async () => {
    expect(await packages(`await load('src/index.js')`)).toEqual([])
  })

  it('loads no heavy one for a provider', async () => {
    const loaded = await packages(`await load('src/index.js'); await load('src/provider.js')`)
    for (const heavy of ['inversify', 'undici', 'zod', 'winston', 'yaml', 'reflect-metadata']) {
      expect(loaded).not.toContain(heavy)
    }
  })

  it('loads them when a runtime is made', async () => {
    const loaded = await packages(
      `const { createEnvirons } = await load('src/index.js'); await createEnvirons()`,
    )
    expect(loaded).toEqual(expect.arrayContaining(['inversify', 'winston']))
    expect(loaded).not.toContain('undici')
  })
})

describe('the declarations of the built package', () => {
  it('do not name the container library', async () => {
    const files = await readdir(dist, { recursive: true })
    const declarations = files.filter((file) => file.endsWith('.d.ts') && /^(src|providers)\//.test(file))
    expect(declarations.length).toBeGreaterThan(50)
    const naming = await Promise.all(
      declarations.map(async (file) =>
        (await readFile(join(dist, file), 'utf8')).includes('inversify') ? [file] : [],
      ),
    )
    expect(naming.flat()).toEqual([])
  })
})
