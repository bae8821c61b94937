import { NotFoundError, NotSupportedError, NotValidError, supportsConsoles } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import type { ControllerOption } from './status.ts'

/** Options of `environs console`. */
export interface ConsoleOptions extends ControllerOption {
  readonly lines?: string
}

/** A number of lines. @throws NotValidError */
export function lineCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new NotValidError(`"${text}" is not a number of lines`, { hint: 'give a number from 1 on' })
}

export async function console(
  context: Context,
  instance: string | undefined,
  { controller, lines }: ConsoleOptions,
): Promise<void> {
  const { output, signal } = context
  const count = lines === undefined ? {} : { lines: lineCount(lines) }
  await context.withController(controller, async (environ, name) => {
    if (!supportsConsoles(environ)) throw new NotSupportedError('instances of this cloud have no console')
    const [own] = (await (await context.environs()).controllers.get(name)).instanceIds
    const id = instance ?? own
    if (id === undefined) throw new NotFoundError(`controller "${name}" has no instance`)
    const text = await environ.consoles.output(id, { ...count, signal })
    output.result({ instance: id, output: text }, text)
  })
}
