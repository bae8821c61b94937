import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { z } from 'zod'

const text = z.string()
const texts = z.array(text)

/** A command: for the shell, or a program with its arguments. */
const command = z.union([text, texts])

const schema = z.object({
  hostname: text.optional(),
  users: z.array(z.union([text, z.object({ name: text, ssh_authorized_keys: texts.optional() })])).optional(),
  ssh_authorized_keys: texts.optional(),
  ssh_keys: z.record(text, text).optional(),
  write_files: z
    .array(
      z.object({
        path: text,
        content: text.optional(),
        encoding: text.optional(),
        permissions: z.union([text, z.number()]).optional(),
      }),
    )
    .optional(),
  bootcmd: z.array(command).optional(),
  runcmd: z.array(command).optional(),
})

/** The parts of `#cloud-config` that a simulated guest does; it leaves out packages and all else. */
export type CloudConfig = z.output<typeof schema>

/** A server's user data; what is no cloud-config is none. */
export function readUserData(base64: string | null): CloudConfig {
  let data = Buffer.from(base64 ?? '', 'base64')
  if (data[0] === 0x1f && data[1] === 0x8b) data = gunzipSync(data)
  const said = data.toString('utf8')
  return said.startsWith('#cloud-config') ? schema.parse(parse(said)) : {}
}

/** A word as the shell takes it. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** A command as text for the shell. */
export const shellText = (given: string | readonly string[]): string =>
  typeof given === 'string' ? given : given.map(shellWord).join(' ')

/** What a file is to hold. */
export function contentOf({
  content = '',
  encoding = '',
}: {
  content?: string | undefined
  encoding?: string | undefined
}): Buffer {
  const raw = /b64|base64/.test(encoding) ? Buffer.from(content, 'base64') : Buffer.from(content)
  return /gz/.test(encoding) ? gunzipSync(raw) : raw
}
