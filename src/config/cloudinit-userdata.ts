/** What the framework writes into a machine's user data itself. */
const RESERVED = {
  users: 'authorized-keys says who may log in',
  runcmd: 'use preruncmd or postruncmd',
  bootcmd: 'use preruncmd or postruncmd',
} as const

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** What is wrong with a model's `cloudinit-userdata`, as the end of a sentence; undefined for nothing. */
export async function cloudinitMistake(text: string): Promise<string | undefined> {
  const { parse, YAMLParseError } = await import('yaml')
  let data: unknown
  try {
    data = parse(text, { logLevel: 'error', maxAliasCount: 100 })
  } catch (error) {
    // What the parser says quotes the text, which may hold a secret.
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined
    return line === undefined ? 'is not YAML' : `is not YAML: see line ${line}`
  }
  if (!isMap(data)) return 'is not a YAML map'
  for (const [key, instead] of Object.entries(RESERVED)) {
    if (Object.hasOwn(data, key)) return `may not contain "${key}": ${instead}`
  }
  const { packages = [], preruncmd = [], postruncmd = [] } = data
  if (!areTexts(packages)) return 'has "packages" that are not a list of texts'
  const commands = { preruncmd, postruncmd }
  for (const [key, value] of Object.entries(commands)) {
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' || areTexts(item))) {
      return `has "${key}" that is not a list of commands`
    }
  }
  return undefined
}
