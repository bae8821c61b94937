import { cloudinitMistake } from '../config/cloudinit-userdata.ts'
import { NotValidError } from '../environ/errors.ts'

/** A command of `runcmd`: for the shell, or a program with its arguments. */
export type Command = string | readonly string[]

/** A model's `cloudinit-userdata`, apart by what becomes of it. */
export interface UserPart {
  /** After those of the framework. */
  readonly packages: readonly string[]
  /** After those of the framework. */
  readonly writeFiles: readonly unknown[]
  /** Before the commands of the framework; one that fails stops nothing. */
  readonly preruncmd: readonly Command[]
  /** After them; one that fails keeps the nonce from being written. */
  readonly postruncmd: readonly Command[]
  /** Instead of what the framework says. */
  readonly instead: Readonly<Record<string, unknown>>
}

/** What has been checked of it. */
interface UserData extends Partial<Pick<UserPart, 'packages' | 'preruncmd' | 'postruncmd'>> {
  readonly write_files?: unknown
  readonly [key: string]: unknown
}

const invalid = (mistake: string): NotValidError =>
  new NotValidError(`cloudinit-userdata ${mistake}`, { resource: 'attribute cloudinit-userdata' })

/** Reads it as cloud-init would. @throws NotValidError when it may not be so */
export async function readUserPart(text: string | undefined): Promise<UserPart> {
  const mistake = text === undefined ? undefined : await cloudinitMistake(text)
  if (mistake !== undefined) throw invalid(mistake)
  const { parse } = await import('yaml')
  // cloud-init's YAML is 1.1, where `yes` is true and 0644 is octal.
  const data = parse(text ?? '{}', { version: '1.1', maxAliasCount: 100 }) as UserData
  const { packages = [], preruncmd = [], postruncmd = [], write_files: writeFiles = [], ...instead } = data
  if (!Array.isArray(writeFiles)) throw invalid('has "write_files" that are not a list')
  return { packages, writeFiles: writeFiles as unknown[], preruncmd, postruncmd, instead }
}
