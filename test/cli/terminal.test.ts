/** What somebody at a terminal sees. The command takes its pipes for terminals here. */

import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, lastLine, until } from './command.ts'

const TERMINAL = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'for (const s of [process.stdin, process.stderr]) s.isTTY = true; process.stderr.columns = 100',
  )}`,
  TERM: 'xterm',
}
const ESCAPE = '\u001b'
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`)

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20 })
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

describe('bootstrap on a terminal', () => {
  it('draws on standard error; standard output has the result alone', async () => {
    const { code, stdout, stderr } = await account.start(
      ['bootstrap', '--no-agent', 'embedded', 'prod', '--config', 'network=private'],
      TERMINAL,
    ).result
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^Controller "prod" is started on embedded: .+\n$/)
    expect(stdout).not.toContain(ESCAPE)
    expect(stderr).toContain(`${ESCAPE}[`)
    expect(stderr).toMatch(/✔ Start the controller instance|√ Start the controller instance/)
    expect(stderr).toContain('Addresses: ')
  })

  it.each([
    { colour: true, variables: { FORCE_COLOR: '1' } },
    { colour: false, variables: { NO_COLOR: '1' } },
  ])('that fails early ends with one line; colours: $colour', async ({ colour, variables }) => {
    const { code, stdout, stderr } = await account.start(
      ['bootstrap', '--no-agent', 'embedded', 'bad', '--config', 'network=atlantis'],
      { ...TERMINAL, ...variables },
    ).result
    expect(code, stderr).toBe(3)
    expect(stdout).toBe('')
    expect(lastLine(stderr.replaceAll(`${ESCAPE}[?25h`, ''))).toMatch(/^ERROR network "atlantis" not found; /)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(COLOUR.test(stderr)).toBe(colour)
  })

  it('tells that it is interrupted while it cleans up', async () => {
    const { child, result } = account.start(
      ['bootstrap', '--no-agent', 'embedded', 'slow', '--config', 'resource-tags=loopback_build_seconds=30'],
      TERMINAL,
    )
    let told = ''
    child.stderr?.on('data', (text: string) => {
      told += text
    })
    await until(() => told.includes('Launching'))
    const fault = cloud.faults.add({ method: 'DELETE', action: 'silence', times: Infinity })
    child.kill('SIGINT')
    await until(() => told.includes('Interrupted: cleaning up.'))
    expect(child.exitCode).toBeNull()
    fault.remove()
    child.kill('SIGINT')
    expect((await result).code).toBe(130)
    const destroyed = await account.run('destroy', 'slow', '--yes')
    expect(destroyed.code === 0 || destroyed.stderr.includes('not found'), destroyed.stderr).toBe(true)
  })
})

describe('destroy on a terminal', () => {
  const answer = (text: string) => account.start(['destroy', 'prod'], TERMINAL, text).result

  it('does nothing for another name, or Ctrl-C', async () => {
    const [wrong, interrupted] = await Promise.all([answer('dev\r'), answer('\u0003')])
    expect(wrong.code).toBe(2)
    expect(lastLine(wrong.stderr)).toMatch(/^ERROR .*nothing was destroyed/)
    expect(interrupted.code).toBe(130)
    expect(interrupted.stderr).not.toContain('ERROR')
    expect(inventory(cloud)).not.toEqual([])
  })

  it('destroys for its name', async () => {
    const { code, stdout, stderr } = await answer('prod\r')
    expect(code, stderr).toBe(0)
    expect(stdout).toBe('Controller "prod" is destroyed\n')
    expect(inventory(cloud)).toEqual([])
  })
})
