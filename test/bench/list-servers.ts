import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Secret } from 'cloud-environs'
import { connect } from 'cloud-environs/providers/openstack'
import { Pool } from 'undici'
import { type Figure, pairs, timed } from './measure.ts'

const SERVERS = 10_000
const PAIRS = 15

/** The pages with nothing but undici and `JSON.parse`. */
async function bareList(pool: Pool): Promise<number> {
  let count = 0
  let path: string | undefined = '/v2.1/servers/detail'
  while (path) {
    const { body } = await pool.request({
      path,
      method: 'GET',
      headers: { 'x-auth-token': 'bench', accept: 'application/json' },
    })
    const page = JSON.parse(await body.text()) as {
      servers: unknown[]
      servers_links?: { rel: string; href: string }[]
    }
    count += page.servers.length
    const next: string | undefined = page.servers_links?.find(({ rel }) => rel === 'next')?.href
    path = next && new URL(next).pathname + new URL(next).search
  }
  return count
}

const check = (count: number): void => {
  if (count !== SERVERS) throw new Error(`${count} servers were listed, of ${SERVERS}`)
}

/** Megabytes alive after a collection; the bench runs with `--expose-gc`. */
function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

/** Listing 10,000 servers, typed and checked, against the bare pages; and what is alive while they are iterated. */
export async function listServers(): Promise<readonly Figure[]> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./canned-nova.js', import.meta.url)))
  const [origin] = (await once(child, 'message')) as [string]
  const pool = new Pool(origin, { connections: 1 })
  const connection = connect({
    authUrl: `${origin}/v3`,
    credential: { method: 'password', user: { id: 'u' }, password: new Secret('bench') },
    scope: { project: { id: 'p' } },
  })
  const { servers } = connection.compute
  try {
    const { ours, bare, ratio } = await pairs(
      PAIRS,
      () => timed(async () => check((await servers.all()).length)),
      () => timed(async () => check(await bareList(pool))),
    )
    const before = heap()
    let peak = 0
    let count = 0
    for await (const server of servers.list())
      if (server.id && ++count % 500 === 0) peak = Math.max(peak, heap() - before)
    check(count)
    return [
      {
        subject: 'list 10,000 servers in detail, typed and checked',
        measured: `${ratio.toFixed(2)} × bare undici + JSON.parse (${ours.toFixed(0)} ms against ${bare.toFixed(0)} ms)`,
        goal: '≤ 1.25 ×',
        met: ratio <= 1.25,
      },
      {
        subject: 'alive while they are iterated',
        measured: `${peak.toFixed(1)} MB at most`,
        goal: '≤ 10 MB: one page, not ten',
        met: peak <= 10,
      },
    ]
  } finally {
    await connection.close()
    await pool.close()
    child.disconnect()
  }
}
