import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

it('says which packages jobs on PostgreSQL need where they are not installed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'environs-packages-'))
  try {
    await cp(root('dist/src'), join(directory, 'src'), { recursive: true })
    await mkdir(join(directory, 'node_modules'))
    await symlink(root('node_modules/zod'), join(directory, 'node_modules', 'zod'))
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    const script = `
      const { dbos } = await import('./src/durable/dbos/index.js')
      await dbos({ databaseUrl: 'postgresql://me@127.0.0.1/jobs', keyFile: 'key' }).catch((error) =>
        console.log(JSON.stringify(error)))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: directory })
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('@dbos-inc/dbos-sdk and pg'),
      hint: 'npm install @dbos-inc/dbos-sdk pg',
    })
  } finally {
    await rm(directory, { recursive: true })
  }
})
