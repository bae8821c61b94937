/** The command in this process: quicker than one of its own, and without a terminal. */

import { vi } from 'vitest'
import { Context } from '../../src/cli/context.ts'
import { exitCode } from '../../src/cli/exit-code.ts'
import { Output } from '../../src/cli/output.ts'
import { type Execute, program } from '../../src/cli/program.ts'
import type { Account, Result } from './command.ts'

/** Runs the command as the account's user. One at a time: what it prints is caught. */
export async function runHere(
  { variables, dataDir }: Account,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Omit<Result, 'signal'>> {
  const result = { code: 0, stdout: '', stderr: '' }
  const catching = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      result[stream] += String(chunk)
      return true
    }),
  )
  for (const name of Object.keys(process.env)) if (/^(OS|ENVIRONS)_/.test(name)) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries({ ...variables, ...more })) vi.stubEnv(name, value)
  const execute: Execute = async (options, command) => {
    const output = new Output(options)
    await using context = new Context(output, signal, { ...options, dataDir })
    try {
      await command(context)
    } catch (error) {
      result.code = exitCode(error)
      output.error(error)
    }
  }
  try {
    await program('0.0.0', execute).parseAsync(args, { from: 'user' })
  } finally {
    for (const each of catching) each.mockRestore()
    vi.unstubAllEnvs()
  }
  return result
}
