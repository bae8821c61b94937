import { createInterface } from 'node:readline/promises'
import { NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { type AsJobOptions, jobOptions } from '../handed-in.ts'

/** Options of `environs destroy`. */
export interface DestroyOptions extends AsJobOptions {
  readonly yes?: boolean
}

/** Whether the user means it. @throws NotValidError when there is nobody to ask, or the answer is another name */
async function confirm(name: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new NotValidError(`destroying "${name}" and all of its machines needs to be confirmed`, {
      hint: 'add --yes',
    })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // The terminal is in raw mode: Ctrl-C comes as a key. Here it means what it means everywhere else.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const question = `This removes controller "${name}" and all machines of all of its models. Type its name to go on: `
    const answer = await terminal.question(question, { signal }).catch(() => {
      signal.throwIfAborted()
      process.stderr.write('\n')
      return ''
    })
    if (answer.trim() === name) return
    throw new NotValidError('that is not its name; nothing was destroyed', {
      hint: 'type the name of the controller',
    })
  } finally {
    terminal.close()
  }
}

export async function destroy(context: Context, name: string, options: DestroyOptions): Promise<void> {
  const { output, signal } = context
  const how = jobOptions(options)
  const environs = await context.environs()
  await environs.controllers.get(name)
  if (!options.yes) await confirm(name, signal)
  if (how) {
    const { destroyAsJob } = await import('./as-job.ts')
    await destroyAsJob(context, name, options, how)
    return
  }
  output.say(`Destroying controller "${name}"`)
  await environs.destroyController(name, { signal })
  output.result({ destroyed: name }, `Controller "${name}" is destroyed`)
}
