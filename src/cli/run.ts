import { CommanderError } from 'commander'
import { EXIT_CODES } from './exit-code.ts'
import { onLastResort } from './last-resort.ts'
import { Output } from './output.ts'
import { type Execute, program } from './program.ts'
import { usageError } from './usage-error.ts'

/** Runs a command line. Gives the exit code. */
export async function run(args: readonly string[], version: string): Promise<number> {
  let code: number = EXIT_CODES.done
  // For what fails before the options are known.
  const early = new Output({ json: args.includes('--json') })
  onLastResort(early)
  const execute: Execute = async (options, command) => {
    const [{ Context }, { onInterrupt, Interrupted }, { exitCode }] = await Promise.all([
      import('./context.ts'),
      import('./interrupt.ts'),
      import('./exit-code.ts'),
    ])
    const output = new Output(options)
    using interrupt = onInterrupt(() => output.say(context.interruption))
    await using context = new Context(output, interrupt.signal, options)
    try {
      await command(context)
    } catch (error) {
      if (interrupt.signal.aborted) {
        code = EXIT_CODES.interrupted
        // What was undone is no error; what could not be undone is.
        if (error !== interrupt.signal.reason && !(error instanceof Interrupted)) output.error(error)
      } else {
        code = exitCode(error)
        output.error(error)
      }
    }
  }
  const root = program(version, execute)
  try {
    for (const command of [root, ...root.commands, ...root.commands.flatMap(({ commands }) => commands)])
      command.exitOverride()
    await root.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      early.error(error)
      return EXIT_CODES.failed
    }
    if (error.exitCode === 0) return EXIT_CODES.done
    const usage = usageError(error, root, args)
    if (usage) early.error(usage)
    return EXIT_CODES.invalid
  }
  return code
}
