/** Programs that do not outlive whoever started them. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { describe, expect, it, vi } from 'vitest'
import { Keeper } from '../../../../../providers/openstack/embedded/guests/qemu/keeper.ts'

const built = new URL(
  '../../../../../dist/providers/openstack/embedded/guests/qemu/keeper.js',
  import.meta.url,
)

const made = () => mkdtemp(join(tmpdir(), 'environs-keeper-'))
const LASTING = ['sh', '-c', 'echo $$ > pid; exec sleep 60']

/** The id of the program, once it runs. */
async function pidIn(directory: string): Promise<number> {
  return await vi.waitFor(async () => {
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
    expect(pid).toBeGreaterThan(0)
    return pid
  })
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a kept program', () => {
  it('runs in its directory as often as it is told, and says what it complained of', async () => {
    const directory = await made()
    const keeper = new Keeper(directory, ['sh', '-c', 'echo x >> count; cat count count >&2; exit 1'])
    expect(await keeper.run()).toBe('x\nx')
    expect(await keeper.run()).toBe('x\nx\nx\nx')
    await keeper.remove()
    expect(existsSync(directory)).toBe(false)
  })

  it('says so when there is no such program', async () => {
    const keeper = new Keeper(await made(), ['/no/such/program'])
    expect(await keeper.run()).toContain('ENOENT')
    await keeper.remove()
  })

  it('ends when it is told to', async () => {
    const directory = await made()
    const keeper = new Keeper(directory, LASTING)
    const ended = keeper.run()
    await pidIn(directory)
    keeper.end()
    expect(await ended).toBe('')
    await keeper.remove()
  })

  it('ends with its directory when whoever started it is killed', async () => {
    const directory = await made()
    const script = `import { Keeper } from '${built.href}'
      await new Keeper(process.argv[1], ${JSON.stringify(LASTING)}).run()`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
      stdio: 'inherit',
    })
    const pid = await pidIn(directory)
    const gone = once(owner, 'exit')
    owner.kill('SIGKILL')
    await gone
    await vi.waitFor(() => expect([runs(pid), existsSync(directory)]).toEqual([false, false]))
  })
})

describe('virtual machines as guests', () => {
  it('are refused at the start when their image is not there', async () => {
    await expect(
      startEmbeddedOpenStack({ guests: { qemu: { image: '/no/such/image.qcow2' } } }),
    ).rejects.toThrow(/no\/such\/image|is not installed/)
  })
})
