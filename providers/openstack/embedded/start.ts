import { Cloud } from './cloud.ts'
import { type CloudConfig, cloudConfig, cloudsYaml, environment } from './clouds-yaml.ts'
import { Faults, RequestLog } from './faults.ts'
import { type GuestMaker, Guests } from './guests/guests.ts'
import { type ServerHistory, takeHistory } from './history.ts'
import { hangUp, listen } from './http.ts'
import { type ProjectInventory, takeInventory } from './inventory.ts'
import { type EmbeddedOpenStackOptions, settle } from './options.ts'
import { DEFAULT_SEED } from './seed.ts'

/** A running cloud. */
export interface EmbeddedOpenStack extends AsyncDisposable {
  /** Keystone's endpoint, `http://127.0.0.1:PORT/identity/v3`. */
  readonly authUrl: string
  readonly port: number
  /** Faults to meet requests with. */
  readonly faults: Faults
  /** The requests so far. */
  readonly requests: RequestLog
  /** The entry of a clouds.yaml for a user, default `demo`. */
  cloudConfig(userName?: string): CloudConfig
  /** A clouds.yaml with the entries `embedded` (demo), `embedded-admin` and `embedded-alt` (alt_demo). */
  cloudsYaml(): string
  /** The `OS_*` variables of a user, default `demo`. */
  environment(userName?: string): Record<string, string>
  /** What users made and nobody removed yet, by project name. */
  inventory(): Record<string, ProjectInventory>
  /** Every server that there ever was, oldest first: whether one was made twice shows here. */
  history(): readonly ServerHistory[]
  /** Ends every token at once: the next request with one meets 401. */
  expireTokens(): void
  /** An HTTP proxy, by CONNECT, through which servers are reached at their addresses: `http://127.0.0.1:PORT`. */
  readonly proxy: string
  /** The next server that is created ends in ERROR with this message. Calls queue up. */
  failNextBuild(message: string): void
  /** Stops listening, ends every connection and forgets what was under way. */
  close(): Promise<void>
}

/** Checks beforehand what guests need. */
async function guestMaker(guests: EmbeddedOpenStackOptions['guests']): Promise<GuestMaker> {
  if (typeof guests === 'object') {
    const { image, memory = 512 } = guests.qemu
    const [{ readImage }, { QemuGuest }] = await Promise.all([
      import('./guests/qemu/image.ts'),
      import('./guests/qemu/guest.ts'),
    ])
    const options = { image: await readImage(image), memory }
    return async (source) => new QemuGuest(source, options)
  }
  return async (source) => {
    const { SimulatedGuest } = await import('./guests/simulated/guest.ts')
    return new SimulatedGuest(source)
  }
}

/**
 * Starts an OpenStack in this process, on HTTP at 127.0.0.1: Keystone v3, Nova 2.1 (to 2.93), Neutron v2.0,
 * Glance v2 and Cinder v3 (to 3.70). Nothing of it outlives `close`. Servers have
 * states, ports, addresses, a console log and, once somebody talks to them, a guest.
 * @throws Error when guests are to be virtual machines, and their image or QEMU is not there
 */
export async function startEmbeddedOpenStack(
  options: EmbeddedOpenStackOptions = {},
): Promise<EmbeddedOpenStack> {
  const makeGuest = await guestMaker(options.guests)
  const settings = settle(options, DEFAULT_SEED)
  const cloud = new Cloud(settings)
  const faults = new Faults()
  const requests = new RequestLog()
  const { server, port } = await listen(
    { services: cloud.services(settings), faults, requests },
    settings.port,
  )
  const guests = new Guests(cloud.regions, makeGuest)
  if (options.guests !== 'none') guests.serve(server)
  const authUrl = `http://127.0.0.1:${port}/identity/v3`
  const config = (userName = 'demo') => cloudConfig(settings, authUrl, userName)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    cloud.timers.clear()
    closing ??= Promise.all([hangUp(server), guests.close()]).then(() => undefined)
    return closing
  }
  return {
    authUrl,
    port,
    faults,
    requests,
    proxy: `http://127.0.0.1:${port}`,
    cloudConfig: config,
    cloudsYaml: () =>
      cloudsYaml({
        embedded: config(),
        'embedded-admin': config('admin'),
        'embedded-alt': config('alt_demo'),
      }),
    environment: (userName) => environment(config(userName)),
    inventory: () => takeInventory(cloud),
    history: () => takeHistory(cloud),
    expireTokens: () => cloud.identity.revokeAll(),
    failNextBuild: (message) => {
      for (const { compute } of cloud.regions) compute.plannedFaults.push(message)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
