/** The client of the cloud's API: what is sent, what is tried again, and the errors that refusals become. */

import {
  type CallOptions,
  type CloudSpec,
  ConflictError,
  credentialText,
  EnvironsError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  NotValidError,
  type ProviderServices,
  QuotaExceededError,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
} from 'cloud-environs/provider'
import { Agent, type Dispatcher, request } from 'undici'

/** Milliseconds that the cloud has for an answer, and until a failed request is tried again; and how often it is. */
const TIMEOUT = 30_000
const RETRY_DELAY = 1_000
const RETRIES = 4

export type Labels = Readonly<Record<string, string>>

export interface RestMachine {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly zone: string
  readonly address: string | null
  readonly labels: Labels
}

export interface RestRule {
  readonly id: string
  readonly applies_to: { readonly machine?: string; readonly label?: string }
  readonly labels: Labels
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly from: number
  readonly to: number
  readonly cidr: string
}

/** What the API's lists have in them. */
interface Listed {
  readonly machines: RestMachine
  readonly rules: RestRule
  readonly zones: { readonly name: string; readonly available: boolean }
  readonly sizes: { [field in 'cpus' | 'memory_mb' | 'disk_gb' | 'price']: number } & { name: string }
  readonly images: { [field in 'id' | 'os' | 'version' | 'arch']: string }
}

type Answer = Readonly<Record<string, unknown>>

const ERRORS: Readonly<Record<number, typeof EnvironsError>> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  429: RateLimitedError,
}

function refusal(operation: string, status: number, text: string): EnvironsError {
  let told: { code?: string; message?: string } = {}
  try {
    told = (JSON.parse(text) as { error?: typeof told }).error ?? {}
  } catch {
    // A gateway's page: the status says enough.
  }
  const other = status < 500 ? InvalidRequestError : UnavailableError
  const Type = told.code === 'quota_exceeded' ? QuotaExceededError : (ERRORS[status] ?? other)
  return new Type(`${operation}: ${told.message ?? `the cloud answered ${status}`}`, { operation, status })
}

/** Lets errors of that class pass: the answer is `false` then. */
const unless = async (type: typeof EnvironsError, work: Promise<unknown>): Promise<boolean> =>
  await work.then(
    () => true,
    (error: unknown) => {
      if (error instanceof type) return false
      throw error
    },
  )

interface SendOptions extends CallOptions {
  readonly body?: unknown
  /** Whether another request would make another thing: what is not known to have failed is not sent again. */
  readonly once?: boolean
}

/** The API of that cloud; making it makes no request. @throws NotValidError */
export function restApi(cloud: CloudSpec, { clock, dispatcher }: ProviderServices) {
  const { name, endpoint, credential, caCertificates: ca } = cloud
  const token = credential && credentialText(credential, 'token')
  if (!endpoint)
    throw new NotValidError(`cloud "${name}" has no endpoint`, { hint: 'add the cloud with one' })
  if (!token)
    throw new NotValidError(`no token for cloud "${name}"`, { hint: 'add a credential of type token' })
  const agent = dispatcher ?? new Agent(ca ? { connect: { ca: [...ca] } } : {})

  async function send(
    method: Dispatcher.HttpMethod,
    path: string,
    options: SendOptions = {},
    left = RETRIES,
  ): Promise<Answer> {
    const { body, once = false, signal } = options
    const operation = `${method} ${path.replace(/\?.*/, '')}`
    try {
      const answer = await request(`${endpoint}/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        dispatcher: agent,
        headersTimeout: TIMEOUT,
        bodyTimeout: TIMEOUT,
        ...(signal ? { signal } : {}),
      })
      const text = await answer.body.text()
      const { statusCode: status, headers } = answer
      if (status < 300) return JSON.parse(text) as Answer
      if (status === 429) await clock.sleep(Number(headers['retry-after'] ?? 1) * 1000, { signal })
      throw refusal(operation, status, text)
    } catch (cause) {
      signal?.throwIfAborted()
      const silent = () =>
        new UnavailableError(`${operation}: the cloud does not answer`, { operation, cause })
      const error = cause instanceof EnvironsError ? cause : silent()
      const again = error instanceof RateLimitedError || (error instanceof UnavailableError && !once)
      if (!again || left === 0) throw error
      await clock.sleep(RETRY_DELAY, { signal })
      return await send(method, path, options, left - 1)
    }
  }

  return {
    /** All pages; those with all of the labels. */
    async list<K extends keyof Listed>(kind: K, labels: Labels = {}, options?: CallOptions) {
      const found: Listed[K][] = []
      const query = new URLSearchParams()
      for (const [label, value] of Object.entries(labels)) query.append('label', `${label}=${value}`)
      for (let page: number | undefined = 1; page !== undefined; ) {
        query.set('page', String(page))
        const answer: Answer = await send('GET', `${kind}?${query.toString()}`, options)
        if (!Array.isArray(answer[kind])) throw new UnavailableError(`the cloud's answer has no ${kind}`)
        found.push(...(answer[kind] as Listed[K][]))
        page = answer['next_page'] as number | undefined
      }
      return found
    },

    async machine(id: string, options?: CallOptions): Promise<RestMachine> {
      return (await send('GET', `machines/${id}`, options)) as unknown as RestMachine
    },

    /** Is not aborted: whoever makes something waits to learn what it was. */
    async createMachine(body: object): Promise<RestMachine> {
      return (await send('POST', 'machines', { body, once: true })) as unknown as RestMachine
    },

    async label(id: string, labels: Labels, options?: CallOptions): Promise<void> {
      await send('PATCH', `machines/${id}`, { ...options, body: { labels } })
    },

    /** One that is there already is fine. */
    async createRule(rule: Omit<RestRule, 'id'>, options?: CallOptions): Promise<void> {
      await unless(ConflictError, send('POST', 'rules', { ...options, body: rule }))
    },

    /** Whether it was still there. */
    async delete(kind: 'machines' | 'rules', id: string, options?: CallOptions): Promise<boolean> {
      return await unless(NotFoundError, send('DELETE', `${kind}/${id}`, options))
    },

    /** Twice is as good as once, which it is not with undici's own `close`. */
    async close(): Promise<void> {
      if (!dispatcher) await agent.destroy()
    },
  }
}

export type RestApi = ReturnType<typeof restApi>
