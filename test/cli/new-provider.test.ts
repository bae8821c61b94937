/** A provider that is begun compiles, and its tests say what is left to do. */

import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account } from './command.ts'
import { runHere } from './here.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

let account: Account
beforeAll(async () => {
  account = await Account.of({ cloudsYaml: () => 'clouds: {}\n' })
})
afterAll(() => account.remove())

describe('environs new-provider', () => {
  it('writes a package that compiles, and whose conformance tests fail with what is left to do', async () => {
    const directory = join(account.home, 'deep', 'sky')
    const { code, stdout } = await runHere(account, ['new-provider', 'blue-sky', '--dir', directory])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`begun in ${directory}`)])
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
      readonly name: string
      readonly dependencies: object
    }
    expect(manifest).toMatchObject({ name: 'environs-blue-sky' })
    expect(Object.keys(manifest.dependencies)).toEqual(['cloud-environs'])

    const modules = join(directory, 'node_modules')
    await mkdir(modules)
    await symlink(root, join(modules, 'cloud-environs'))
    await symlink(join(root, 'node_modules', '@types'), join(modules, '@types'))
    const compiled = await run(join(root, 'node_modules/.bin/tsc'), { cwd: directory }).catch(
      (error: { stdout: string }) => error,
    )
    expect(compiled.stdout).toBe('')

    const program = `
      import plugin from './dist/src/index.js'
      import { formatConformanceReport, runConformance } from 'cloud-environs/testing'
      const cloud = { type: 'blue-sky', name: 'try', endpoint: 'https://cloud.example' }
      console.log(formatConformanceReport(await runConformance({ plugin: plugin(), cloud })))`
    const { stdout: report } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: directory,
    })
    expect(report).toMatch(/✗ lifecycle\/start: .*\n +startInstance is not written yet/)
    expect(report).toMatch(/✗ config\/set: .*\n +allInstances is not written yet/)
    expect(report).toMatch(/✓ config\/validate: /)
    expect(report).toMatch(/blue-sky: \d+ passed, \d+ failed, \d+ not supported/)
  })

  it.each([
    ['Blue', 2, '"Blue" is not a provider type'],
    ['blue_sky', 2, 'is not a provider type'],
    ['.', 2, 'is not a provider type'],
  ])('refuses the type %s', async (type, code, message) => {
    const refused = await runHere(account, ['new-provider', type, '--dir', join(account.home, 'x')])
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  it('overwrites nothing', async () => {
    const refused = await runHere(account, ['new-provider', 'blue', '--dir', account.home])
    expect(refused.stderr).toContain('exists already')
  })
})
