/** Credentials from files, variables, standard input and the terminal. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileCloudStore, FileCredentialStore, credentialText } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingLogger } from '../cloud/recording-logger.ts'
import { Account, lastLine, until } from './command.ts'
import { runHere } from './here.ts'

const TERMINAL = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'for (const s of [process.stdin, process.stderr]) s.isTTY = true',
  )}`,
}

let account: Account
let store: FileCredentialStore
beforeEach(async () => {
  account = await Account.of({ cloudsYaml: () => 'clouds: {}\n' })
  store = new FileCredentialStore(account.dataDir)
  await new FileCloudStore(account.dataDir, recordingLogger()).add({
    name: 'home',
    type: 'openstack',
    authTypes: ['userpass', 'application-credential'],
    endpoint: 'http://127.0.0.1:1/v3',
    regions: [],
  })
})
afterEach(() => account.remove())

async function text(name: string, attribute: string): Promise<string | undefined> {
  const credential = (await store.get('home')).credentials[name]
  return credential && credentialText(credential, attribute)
}

const run = (...args: readonly string[]) => runHere(account, args)

async function file(entries: string): Promise<string> {
  const path = join(account.home, 'given.yaml')
  await writeFile(path, yaml(entries))
  return path
}

const yaml = (entries: string): string => `credentials:\n  home:\n${entries.replaceAll(/^/gm, '    ')}\n`

describe('add-credential', () => {
  it('takes all of a file, or one, and none when one of them is not good', async () => {
    const input = ['add-credential', 'home', '--file']
    const two =
      'a: {auth-type: userpass, username: u, password: 0123}\nb: {auth-type: userpass, username: u, password: x}'
    const one = await run('add-credential', 'home', 'b', '--file', await file(two))
    expect(one.code, one.stderr).toBe(0)
    expect(Object.keys((await store.get('home')).credentials)).toEqual(['b'])
    const both = await run(...input, await file(two))
    expect(both).toMatchObject({ code: 1, stderr: expect.stringContaining('"b" of cloud "home" already') })
    const bad =
      'c: {auth-type: userpass, username: u, password: x}\nd: {auth-type: userpass, pasword: hunter2}'
    const refused = await run(...input, await file(bad))
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "password"?') })
    expect(refused.stderr).not.toContain('hunter2')
    expect(Object.keys((await store.get('home')).credentials)).toEqual(['b'])
  })

  it('takes standard input', async () => {
    const input = yaml('me: {auth-type: userpass, username: u, password: 0123}')
    const { child, result } = account.start(['add-credential', 'home', '--file', '-'], {}, input)
    child.stdin?.end()
    const { code, stderr } = await result
    expect(code, stderr).toBe(0)
    expect(await text('me', 'password')).toBe('0123')
  })

  it.each([
    [['--attribute', 'password=hunter2'], /"password" is a secret.*--env password=VARIABLE/],
    [['--attribute', 'hunter2'], /write --attribute name=value/],
    [['--attribute', 'username=u'], /"password": it is missing/],
    [['--env', 'password=NOT_SET'], /variable NOT_SET for attribute "password" is not set/],
    [['--file', 'x', '--env', 'password=PW'], /give either/],
  ])('refuses %j, and shows no secret', async (args, says) => {
    const result = await run(
      'add-credential',
      'home',
      'me',
      ...(args[0] === '--file' ? [] : ['--auth-type', 'userpass']),
      ...args,
    )
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toMatch(says)
    expect(result.stderr).not.toContain('hunter2')
    expect(await store.clouds()).toEqual([])
  })

  it('asks at a terminal, which never shows a secret, even one that is typed ahead', async () => {
    const answers = ['me', 'application-credential', 'an-id', 'hunter2-typed', ''].join('\r')
    const typedAhead = account.start(['add-credential', 'home'], TERMINAL, answers).result
    const { child, result } = account.start(
      ['add-credential', 'home', 'you', '--auth-type', 'application-credential'],
      TERMINAL,
      'an-id\r',
    )
    let told = ''
    child.stderr?.on('data', (chunk: string) => {
      told += chunk
    })
    await until(() => told.includes('its secret): '))
    child.stdin?.write('hunter2-in-turn\r')
    const [ahead, inTurn] = await Promise.all([typedAhead, result])
    expect(ahead.code, ahead.stderr).toBe(0)
    expect(await text('me', 'application-credential-secret')).toBe('hunter2-typed')
    expect(inTurn.code, inTurn.stderr).toBe(0)
    expect(inTurn.stderr).toContain('an-id')
    expect(await text('you', 'application-credential-secret')).toBe('hunter2-in-turn')
    expect(ahead.stderr + ahead.stdout + inTurn.stderr + inTurn.stdout).not.toContain('hunter2')
  })

  it('keeps nothing when it is interrupted, or nobody answers', async () => {
    const [interrupted, ended] = await Promise.all([
      account.start(['add-credential', 'home', 'me'], TERMINAL, 'userpass\r\u0003').result,
      (async () => {
        const { child, result } = account.start(['add-credential', 'home', 'me'], TERMINAL, 'userpass\r')
        child.stdin?.end()
        return await result
      })(),
    ])
    expect(interrupted.code, interrupted.stderr).toBe(130)
    expect(interrupted.stderr).not.toContain('ERROR')
    expect(ended.code).toBe(2)
    expect(lastLine(ended.stderr)).toMatch(/^ERROR the question was not answered/)
    expect(await store.clouds()).toEqual([])
  })
})

describe('credentials that were added', () => {
  beforeEach(async () => {
    const attributes = { username: 'demo', password: 'hunter2-kept' }
    await store.add('home', 'me', { authType: 'userpass', attributes })
    await store.add('home', 'you', { authType: 'userpass', attributes })
  })

  it('are shown without their secrets, unless these are asked for', async () => {
    const listed = await run('credentials')
    const all = await run('--json', 'credentials', 'home')
    const shown = await run('show-credential', 'home', 'me')
    const revealed = await run('show-credential', 'home', 'me', '--show-secrets')
    expect(listed.stdout).toMatch(/^home +me +added +userpass +username=demo password=\*\*\*$/m)
    expect(JSON.parse(all.stdout)).toMatchObject({
      credentials: [
        { name: 'me', default: false },
        { name: 'you', attributes: { password: '***' } },
      ],
    })
    expect(shown.stdout).toContain('username: demo\n  password: "***"\n')
    for (const { stdout, stderr } of [listed, all, shown]) expect(stdout + stderr).not.toContain('hunter2')
    expect(revealed.stdout).toContain('password: hunter2-kept')
  })

  it('are changed in part, made the default, and removed', async () => {
    const update = ['update-credential', 'home', 'me', '--env', 'password=PW']
    const updated = await runHere(account, update, { PW: 'new' })
    expect(updated.code, updated.stderr).toBe(0)
    expect([await text('me', 'username'), await text('me', 'password')]).toEqual(['demo', 'new'])
    expect(await run('default-credential', 'home', 'me')).toMatchObject({ code: 0, stdout: 'me\n' })
    expect((await store.get('home')).defaultCredential).toBe('me')
    const [reset, removed] = [
      await run('default-credential', 'home', '--reset'),
      await run('remove-credential', 'home', 'me'),
    ]
    expect(reset).toMatchObject({ code: 0, stdout: 'None.\n' })
    expect(removed.code, removed.stderr).toBe(0)
    expect(Object.keys((await store.get('home')).credentials)).toEqual(['you'])
  })

  it.each([
    [
      ['show-credential', 'home', 'yuo'],
      /"yuo" of cloud "home" not found; did you mean "you"\?; .*: me, you$/,
    ],
    [['remove-credential', 'home', 'yuo'], /did you mean "you"/],
    [['update-credential', 'home', 'yuo'], /was not added; did you mean "you"/],
    [['default-credential', 'home', 'yuo'], /did you mean "you"/],
    [['credentials', 'hoem'], /cloud "hoem" not found; did you mean "home"/],
  ])('are named as they were when %j misspells them', async (args, says) => {
    const { code, stderr } = await run(...args)
    expect(code).toBe(3)
    expect(lastLine(stderr)).toMatch(says)
  })
})
