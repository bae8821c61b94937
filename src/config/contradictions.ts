import { NotValidError } from '../environ/errors.ts'

type Attributes = Readonly<Record<string, unknown>>

/** Two attributes that cannot both be as they are. */
export interface Contradiction {
  readonly attributes: readonly [string, string]
  /** Given their values. */
  readonly when: (first: unknown, second: unknown) => boolean
  readonly why: string
}

const isSet = (value: unknown): boolean => value !== undefined && value !== ''
const bothSet = (a: unknown, b: unknown): boolean => isSet(a) && isSet(b)
const equal = (a: unknown, b: unknown): boolean => isSet(a) && a === b

const PROXIES = ['http-proxy', 'https-proxy', 'ftp-proxy']

export const MODEL_CONTRADICTIONS: readonly Contradiction[] = [
  ...PROXIES.flatMap((general) =>
    PROXIES.map((own) => ({
      attributes: [general, `juju-${own}`] as const,
      when: bothSet,
      why: 'a proxy is for everything on machines or for agents and charms only',
    })),
  ),
  {
    attributes: ['container-networking-method', 'fan-config'],
    when: (method, fan) => method === 'fan' && (!isSet(fan) || Object.keys(Object(fan)).length === 0),
    why: 'the method "fan" needs a fan',
  },
]

export const CONTROLLER_CONTRADICTIONS: readonly Contradiction[] = [
  ...[
    ['api-port', 'state-port'] as const,
    ['controller-api-port', 'api-port'] as const,
    ['controller-api-port', 'state-port'] as const,
  ].map((attributes) => ({ attributes, when: equal, why: 'two services cannot listen on one port' })),
  {
    attributes: ['identity-url', 'identity-public-key'],
    when: (url, key) => typeof url === 'string' && !/^https:/i.test(url) && !isSet(key),
    why: 'an identity service that is not reached by https has to have a key',
  },
  {
    attributes: ['autocert-url', 'autocert-dns-name'],
    when: (url, name) => isSet(url) && !isSet(name),
    why: 'a certificate is for a name',
  },
]

/** @throws NotValidError naming two attributes that contradict each other */
export function checkContradictions(
  what: string,
  attributes: Attributes,
  contradictions: readonly Contradiction[],
): void {
  const found = contradictions.find(({ attributes: [first, second], when }) =>
    when(attributes[first], attributes[second]),
  )
  if (!found) return
  const [first, second] = found.attributes
  throw new NotValidError(
    `invalid ${what} configuration: "${first}" and "${second}" contradict each other: ${found.why}`,
    { resource: `attribute ${first}`, hint: `change "${first}" or "${second}"` },
  )
}
