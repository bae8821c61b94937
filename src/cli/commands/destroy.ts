import { createInterface } from 'node:readline/promises'
import { NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'

/** Options of `environs destroy`. */
export interface DestroyOptions {
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
  try {
    const question = `This removes controller "${name}" and all machines of all of its models. Type its name to go on: `
    if ((await terminal.question(question, { signal })) === name) return
    throw new NotValidError('that is another name; nothing was destroyed', {
      hint: 'type the name of the controller',
    })
  } finally {
    terminal.close()
  }
}

export async function destroy(
  context: Context,
  name: string,
  { yes = false }: DestroyOptions,
): Promise<void> {
  const { output, signal } = context
  const environs = await context.environs()
  await environs.controllers.get(name)
  if (!yes) await confirm(name, signal)
  output.say(`Destroying controller "${name}"`)
  await environs.destroyController(name, { signal })
  output.result({ destroyed: name }, `Controller "${name}" is destroyed`)
}
