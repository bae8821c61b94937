/** The built command in a process of its own, as its users run it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { EmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'

/** Of the package, wherever this file was built to. */
const root = dirname(createRequire(import.meta.url).resolve('cloud-environs/package.json'))
const main = join(root, 'dist', 'src', 'cli', 'main.js')

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
  readonly variables: Readonly<Record<string, string>>

  private constructor(home: string, variables: Record<string, string>) {
    this.home = home
    this.dataDir = join(home, '.local', 'share', 'environs')
    this.variables = { PATH: process.env['PATH'] ?? '', HOME: home, ...variables }
  }

  /** An account whose clouds.yaml has the clouds of `cloud`. */
  static async of(cloud: Pick<EmbeddedOpenStack, 'cloudsYaml'>): Promise<Account> {
    const home = await mkdtemp(join(tmpdir(), 'environs-cli-'))
    const file = join(home, 'clouds.yaml')
    await writeFile(file, cloud.cloudsYaml(), { mode: 0o600 })
    return new Account(home, { OS_CLIENT_CONFIG_FILE: file })
  }

  /** Runs the command; with `input`, standard input is a pipe that carries it, otherwise it is empty. */
  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}, input?: string): Running {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.home,
      env: { ...this.variables, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    if (input === undefined) child.stdin.end()
    else child.stdin.write(input)
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

  /** Whether no controller was ever remembered. */
  async isUnused(): Promise<boolean> {
    return await access(join(this.dataDir, 'controllers.yaml')).then(
      () => false,
      () => true,
    )
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

/** The last line of a text. */
export const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''
