import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** Directories of a machine that a guest has as its own. The others are the host's. */
const OWN = /(?<![\w.~}/-])\/(?=(?:boot|etc|home|opt|root|run|srv|usr\/local|var)(?:\/|$|[\s'";)]))/g

/** Programs that need a whole machine, and what takes their place. */
const STAND_INS: Readonly<Record<string, string>> = {
  sudo: `while [ $# -gt 0 ]; do
  case $1 in
    -u | -g | -h | -p | -C | -r | -t) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec "$@"`,
  'cloud-init': 'echo "status: done"',
  journalctl: `for unit; do
  case $unit in *.service) tail -n 40 "/var/log/$unit.log" ;; esac
done`,
  ...Object.fromEntries(
    ['apt-get', 'chown', 'chgrp', 'hostnamectl', 'useradd', 'usermod', 'reboot', 'sync'].map((name) => [
      name,
      ':',
    ]),
  ),
}

/** How a program is run. */
export interface RunOptions {
  readonly input: Readable
  readonly output: Writable
  readonly errors: Writable
  /** Name of the user. */
  readonly user: string
  /** Ends it, with all that it started. */
  readonly signal: AbortSignal
}

/**
 * The directory tree of a simulated guest, below a directory of its own. Programs are the host's and run as its user;
 * paths of the machine that they are given lead below that directory.
 */
export class GuestRoot {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<GuestRoot> {
    const root = new GuestRoot(await mkdtemp(join(tmpdir(), 'environs-guest-')))
    for (const directory of [
      'bin',
      'etc/systemd/system',
      'home',
      'root',
      'run',
      'var/lib',
      'var/log',
      'var/tmp',
    ]) {
      await mkdir(join(root.path, directory), { recursive: true })
    }
    for (const [name, body] of Object.entries(STAND_INS))
      await root.addProgram(name, `#!/bin/sh\n${root.translated(body)}\n`)
    return root
  }

  /** Puts a program before the host's. */
  async addProgram(name: string, text: string): Promise<void> {
    await this.write(join('/bin', name), Buffer.from(text), 0o755)
  }

  /** Where a path of the machine is on the host. */
  at(path: string): string {
    return join(this.path, path)
  }

  /** A text in which paths of the machine are those of the host. */
  translated(text: string): string {
    return text.replaceAll(OWN, `${this.path}/`)
  }

  async read(path: string): Promise<string> {
    return await readFile(this.at(path), 'utf8')
  }

  async write(path: string, content: Buffer, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true })
    await writeFile(this.at(path), content, { mode })
    await chmod(this.at(path), mode)
  }

  /** Runs a command with the shell; gives the exit code, and undefined when a signal ended it. */
  async run(
    command: string,
    { input, output, errors, user, signal }: RunOptions,
  ): Promise<number | undefined> {
    const home = this.at(user === 'root' ? '/root' : `/home/${user}`)
    await mkdir(home, { recursive: true })
    if (signal.aborted) return undefined
    const child = spawn('/bin/bash', ['-c', this.translated(command)], {
      cwd: home,
      env: {
        PATH: `${this.at('/bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: home,
        USER: user,
        LANG: 'C.UTF-8',
      },
      stdio: 'pipe',
      // A group of its own, so that all of it can be ended.
      detached: true,
    })
    const end = (): void => {
      const ended = child.exitCode !== null || child.signalCode !== null
      if (child.pid !== undefined && !ended) process.kill(-child.pid, 'SIGKILL')
    }
    signal.addEventListener('abort', end, { once: true })
    // A program need not read what it is sent.
    child.stdin.on('error', () => undefined)
    input.pipe(child.stdin)
    child.stdout.pipe(output, { end: false })
    child.stderr.pipe(errors, { end: false })
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code) => resolve(code ?? undefined))
      })
    } finally {
      signal.removeEventListener('abort', end)
      input.unpipe(child.stdin)
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}
