import type { Command, CommanderError } from 'commander'
import { NotValidError } from '../environ/index.ts'

/** Code of the error that stands for the help that was shown instead. */
const HELP = 'commander.help'

/** A misspelt option is told as it was given, which may have been a URL with a password in it. */
const withoutPasswords = (text: string): string => text.replace(/(:\/\/[^:/@\s]*:)[^@\s]*@/g, '$1***@')

/** What is wrong with the command line, unless its help has been shown already. */
export function usageError(
  { code, message }: CommanderError,
  root: Command,
  args: readonly string[],
): NotValidError | undefined {
  if (code === HELP) return undefined
  const word = args.find((arg) => !arg.startsWith('-'))
  const command = root.commands.find((known) => known.name() === word)
  return new NotValidError(withoutPasswords(message.replace(/^error: /, '').replace(/\.$/, '')), {
    hint: `see "environs ${command ? `${command.name()} ` : ''}--help"`,
  })
}
