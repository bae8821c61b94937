/** The built command in a process of its own, as its users run it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'

const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** What a run left. */
export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcess
  readonly result: Promise<Result>
}

/** A user's account: a home, a clouds.yaml, and nothing else of this process's environment. */
export class Account {
  readonly home: string
  readonly dataDir: string
  readonly #variables: Record<string, string>

  private constructor(home: string, variables: Record<string, string>) {
    this.home = home
    this.dataDir = join(home, '.local', 'share', 'environs')
    this.#variables = variables
  }

  /** An account whose clouds.yaml has the clouds of `cloud`. */
  static async of(cloud: Pick<EmbeddedOpenStack, 'cloudsYaml'>): Promise<Account> {
    const home = await mkdtemp(join(tmpdir(), 'environs-cli-'))
    const file = join(home, 'clouds.yaml')
    await writeFile(file, cloud.cloudsYaml(), { mode: 0o600 })
    return new Account(home, { OS_CLIENT_CONFIG_FILE: file })
  }

  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Running {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.home,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.home, ...this.#variables, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const texts = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text
      })
    }
    const result = new Promise<Result>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, ...texts }))
    })
    return { child, result }
  }

  run(...args: readonly string[]): Promise<Result> {
    return this.start(args).result
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true, force: true })
  }
}

/** All that users have in a cloud. */
export const inventory = (cloud: EmbeddedOpenStack): unknown[] =>
  Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
