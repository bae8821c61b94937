import { fileURLToPath } from 'node:url'
import { type Figure, pairs, processTime } from './measure.ts'

const PAIRS = 11

const command = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const bare = () => processTime('-e', '0')

/** What a fresh process pays, over one that does nothing. */
export async function coldStart(): Promise<readonly Figure[]> {
  const root = await pairs(
    PAIRS,
    () => processTime('--input-type=module', '-e', "import 'cloud-environs'"),
    bare,
  )
  const version = await pairs(PAIRS, () => processTime(command, '--version'), bare)
  return [
    {
      subject: 'import of the root entry, cold',
      measured: `${root.extra.toFixed(0)} ms over node -e 0`,
      goal: '≤ 30 ms',
      met: root.extra <= 30,
    },
    {
      subject: 'environs --version, cold',
      measured: `${version.extra.toFixed(0)} ms over node -e 0`,
      goal: '≤ 50 ms',
      met: version.extra <= 50,
    },
  ]
}
