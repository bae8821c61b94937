/** Each mistake gives one line that says what to do, an exit code that is not zero, and makes nothing. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, lastLine } from './command.ts'
import { runHere } from './here.ts'

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack()
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

/** Variables that lead to a clouds.yaml with this text. */
async function configured(text: string): Promise<Record<string, string>> {
  const file = join(account.home, `${crypto.randomUUID()}.yaml`)
  await writeFile(file, text)
  return { OS_CLIENT_CONFIG_FILE: file }
}

const entry = (url: string, password = 'secret'): string =>
  `clouds:\n  one:\n    auth: {auth_url: "${url}", username: demo, password: "${password}", project_name: demo}\n`

const CASES: readonly {
  readonly what: string
  readonly args?: readonly string[]
  readonly clouds?: () => string
  readonly code: number
  readonly says: readonly RegExp[]
}[] = [
  {
    what: 'a wrong password',
    clouds: () => entry(cloud.authUrl, 'wr0ng'),
    code: 4,
    says: [/refused|not authenticate|Unauthorized|authentication/i, /password|user/],
  },
  { what: 'an unknown region', args: ['one/Atlantis'], code: 3, says: [/region "Atlantis"/, /RegionOne/] },
  { what: 'an unknown cloud', args: ['elsewhere'], code: 3, says: [/cloud "elsewhere" not found/, /one/] },
  {
    what: 'an endpoint where nobody answers',
    clouds: () => entry('http://127.0.0.1:9/v3'),
    code: 1,
    says: [/127\.0\.0\.1:9/],
  },
  {
    what: 'an auth URL that is none',
    clouds: () => entry('keystone'),
    code: 2,
    says: [/auth URL "keystone"/],
  },
  {
    what: 'a clouds.yaml that is not YAML',
    clouds: () => 'clouds: [',
    code: 2,
    says: [/\.yaml/, /line \d+|:\d+/],
  },
  {
    what: 'an unknown constraint',
    args: ['one', 'c', '--constraints', 'speed=9'],
    code: 2,
    says: [/unknown constraint "speed"/, /cores/],
  },
  {
    what: 'a malformed constraint',
    args: ['one', 'c', '--constraints', 'mem=lots'],
    code: 2,
    says: [/bad "mem" constraint/, /4G/],
  },
  {
    what: 'no flavor of that size',
    args: ['one', 'c', '--constraints', 'mem=900G'],
    code: 3,
    says: [/no instance types/, /m1\.small/],
  },
  {
    what: 'no flavor of that name',
    args: ['one', 'c', '--constraints', 'instance-type=m9'],
    code: 2,
    says: [/instance-type=m9/, /m1\.small/],
  },
  {
    what: 'no image of that base',
    args: ['one', 'c', '--base', 'plan9@4', '--config', 'image-metadata-defaults-disabled=true'],
    code: 3,
    says: [/no "plan9@4" images/, /ubuntu@24\.04/],
  },
  {
    what: 'a base that is none',
    args: ['one', 'c', '--base', 'noble'],
    code: 2,
    says: [/"noble" is not a base/, /ubuntu@24\.04/],
  },
  {
    what: 'an unknown network',
    args: ['one', 'c', '--config', 'network=atlantis'],
    code: 3,
    says: [/network "atlantis"/, /private/],
  },
  {
    what: 'an unknown zone',
    args: ['one', 'c', '--to', 'zone=nowhere'],
    code: 2,
    says: [/availability zone "nowhere"/, /az1/],
  },
  {
    what: 'a name that is none',
    args: ['one', 'No Name!'],
    code: 2,
    says: [/controller-name/, /lower-case/],
  },
  {
    what: 'a firewall mode that is none',
    args: ['one', 'c', '--config', 'firewall-mode=open'],
    code: 2,
    says: [/firewall-mode/],
  },
  {
    what: 'an attribute without a value',
    args: ['one', 'c', '--config', 'network'],
    code: 2,
    says: [/name=value/],
  },
]

it.each(CASES)('$what', async ({ args = ['one'], clouds, code, says }) => {
  const variables = await configured(clouds?.() ?? `${entry(cloud.authUrl)}    region_name: RegionOne\n`)
  const result = await runHere(account, ['bootstrap', '--no-agent', '--quiet', ...args], variables)
  expect(result, result.stderr).toMatchObject({ code, stdout: '' })
  expect(result.stderr).toMatch(/^ERROR [^\n]+\n$/)
  for (const pattern of says) expect(result.stderr).toMatch(pattern)
  expect(result.stderr).not.toMatch(/wr0ng|secret/)
  expect(inventory(cloud)).toEqual([])
  expect(await account.isUnused()).toBe(true)
})

describe('a mistake in the command line', () => {
  it.each([
    { args: ['frobnicate'], says: /^unknown command 'frobnicate'$/, hint: 'environs --help' },
    { args: ['status', '--bad'], says: /^unknown option '--bad'$/, hint: 'environs status --help' },
    { args: ['destroy'], says: /^missing required argument 'controller'$/, hint: 'environs destroy --help' },
  ])('$args is one error, in either form', async ({ args, says, hint }) => {
    const [text, json] = await Promise.all([account.run(...args), account.run('--json', ...args)])
    expect(text).toMatchObject({ code: 2, stdout: '' })
    expect(text.stderr).toMatch(/^ERROR [^\n]+\n$/)
    expect(json).toMatchObject({ code: 2, stdout: '' })
    const { error } = JSON.parse(json.stderr) as { error: { message: string; hint: string } }
    expect(error.message).toMatch(says)
    expect(error.hint).toContain(hint)
    expect(text.stderr).toBe(`ERROR ${error.message}; ${error.hint}\n`)
  })
})

it('errors are one JSON document with --json, their causes too', async () => {
  const { code, stderr } = await account.run('--json', 'status')
  expect(code).toBe(3)
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'NOT_FOUND', hint: expect.any(String) } })
  const variables = await configured(entry('http://127.0.0.1:9/v3'))
  const args = ['bootstrap', '--no-agent', 'one', '--json', '--verbose']
  const lines = (await account.start(args, variables).result).stderr.trimEnd().split('\n')
  const { error } = lines.map((line) => JSON.parse(line) as { error?: { causes: string[] } }).at(-1) ?? {}
  expect(error?.causes.join()).toContain('ECONNREFUSED')
})

it('a quota that is used up has an exit code of its own, and nothing is left', async () => {
  await using small = await startEmbeddedOpenStack({ quotas: { instances: 0 } })
  const variables = await configured(`${entry(small.authUrl)}    region_name: RegionOne\n`)
  const { code, stderr } = await account.start(['bootstrap', '--no-agent', 'one', 'full'], variables).result
  expect(code, stderr).toBe(5)
  expect(lastLine(stderr)).toMatch(/^ERROR .*[Qq]uota/)
  expect(inventory(small)).toEqual([])
})

it('no secret is told with --verbose, whatever fails', async () => {
  const variables = await configured(entry(cloud.authUrl, 'wr0ng'))
  const { code, stdout, stderr } = await account.start(
    ['bootstrap', '--no-agent', 'one', '--verbose'],
    variables,
  ).result
  expect(code).toBe(4)
  expect(stdout + stderr).not.toMatch(/wr0ng|gAAAA/)
})

it('a misspelt attribute is pointed out', async () => {
  const variables = await configured(`${entry(cloud.authUrl)}    region_name: RegionOne\n`)
  const args = ['bootstrap', '--no-agent', 'one', 'c', '--config', 'netwrok=private', '--base', 'plan9@4']
  const { stderr } = await account.start(args, variables).result
  expect(stderr).toMatch(/WARNING attribute "netwrok" is unknown, and kept; did you mean "network"\?/)
})
