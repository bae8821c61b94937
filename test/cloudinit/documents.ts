import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstanceConfig } from 'cloud-environs'
import { renderUserData } from 'cloud-environs/provider'
import { expect } from 'vitest'
import { parse } from 'yaml'

/** A machine that has all that a machine can have. */
export const FULL: InstanceConfig = {
  machineId: '7',
  machineNonce: 'machine-7:0c4e1f5a',
  controllerUuid: 'c',
  modelUuid: 'm',
  isController: false,
  base: { os: 'ubuntu', version: '24.04' },
  tags: {},
  authorizedKeys: 'ssh-ed25519 AAAA one\n',
  caCertificates: ['-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n'],
  proxies: { http: 'http://proxy.example:3128', https: 'http://proxy.example:3129', noProxy: ['10.0.0.0/8'] },
  agentProxies: { http: 'http://agents.example:3128' },
  aptProxies: { http: 'apt.example:3142', noProxy: ['mirror.example', '::1', '10.0.0.1'] },
  aptMirror: 'http://mirror.example/ubuntu',
  enableOsRefreshUpdate: true,
  enableOsUpgrade: true,
  agentBinary: {
    version: '3.6.1',
    os: 'ubuntu',
    arch: 'amd64',
    url: 'https://agents.example/agent.tar.gz',
    sha256: 'a'.repeat(64),
    size: 1,
  },
}

export type Command = string | readonly string[]

export interface CloudConfig {
  readonly users: readonly Record<string, unknown>[]
  readonly ssh_keys?: Record<string, string>
  readonly ssh_pwauth: boolean
  readonly packages?: readonly string[]
  readonly apt?: Record<string, unknown>
  readonly write_files?: readonly { path: string; permissions: string; content: string }[]
  readonly runcmd: readonly Command[]
  readonly [key: string]: unknown
}

/** Puts a document where `test/cloudinit/schema` has cloud-init judge it. */
async function keep(
  document: string | Buffer,
  extension: string,
  expected?: readonly string[],
): Promise<void> {
  const directory = process.env['CLOUDINIT_DOCUMENTS']
  if (directory === undefined) return
  const path = join(directory, createHash('sha256').update(document).digest('hex'))
  await writeFile(`${path}.${extension}`, document)
  if (expected) await writeFile(`${path}.expected`, expected.join('\0'))
}

export async function rendered(config: InstanceConfig): Promise<string> {
  const text = await renderUserData(config)
  await keep(text, 'yaml')
  return text
}

/** `parts` are what cloud-init is to find in it: the type and the text of each. */
export const keepEncoded = (document: string | Buffer, ...parts: readonly string[]): Promise<void> =>
  keep(document, 'encoded', parts)

export async function render(instanceConfig: InstanceConfig): Promise<CloudConfig> {
  const text = await rendered(instanceConfig)
  expect(text.startsWith('#cloud-config\n')).toBe(true)
  const config = parse(text) as CloudConfig
  // cloud-init's parser knows the older language.
  expect(parse(text, { version: '1.1' })).toEqual(config)
  return config
}

/** The script that cloud-init makes of `runcmd`. */
export const scriptOf = ({ runcmd }: Pick<CloudConfig, 'runcmd'>): string =>
  `#!/bin/sh\n${runcmd
    .map((command) =>
      typeof command === 'string'
        ? command
        : command.map((word) => `'${word.split("'").join(`'"'"'`)}'`).join(' '),
    )
    .join('\n')}\n`

/** What stands in a file of the machine. */
export const contentOf = ({ write_files: files = [] }: CloudConfig, path: string): string | undefined =>
  files.find((file) => file.path === path)?.content
