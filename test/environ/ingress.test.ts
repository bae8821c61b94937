import { type IngressRule, NotValidError } from 'cloud-environs'
import {
  canonicalCidr,
  diffIngressRules,
  EVERYWHERE,
  formatIngressRule,
  formatPortRange,
  ingressRules,
  openingKey,
  openings,
  parsePortRange,
  withoutFamily,
} from 'cloud-environs/provider'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

describe('a port range', () => {
  test.each([
    ['80', 'tcp', 80, 80, '80/tcp'],
    ['80/tcp', 'tcp', 80, 80, '80/tcp'],
    ['53/udp', 'udp', 53, 53, '53/udp'],
    ['80-100', 'tcp', 80, 100, '80-100/tcp'],
    ['8000-8100/udp', 'udp', 8000, 8100, '8000-8100/udp'],
    ['80-80/tcp', 'tcp', 80, 80, '80/tcp'],
    ['1-65535/tcp', 'tcp', 1, 65_535, '1-65535/tcp'],
    ['icmp', 'icmp', -1, -1, 'icmp'],
  ] as const)('%s is read', (text, protocol, fromPort, toPort, canonical) => {
    const range = { protocol, fromPort, toPort }
    expect(parsePortRange(text)).toEqual(range)
    expect(formatPortRange(range)).toBe(canonical)
    expect(parsePortRange(canonical)).toEqual(range)
  })

  test.each([
    '',
    'http',
    '0',
    '0/tcp',
    '65536/tcp',
    '100-80/tcp',
    '80/sctp',
    '80/icmp',
    'icmp/80',
    '-1/tcp',
    '80-/tcp',
    '80 /tcp',
    '8.5',
    '123456',
  ])('%j is refused', (text) => {
    expect(() => parsePortRange(text)).toThrow(NotValidError)
    expect(() => parsePortRange(text)).toThrow(
      expect.objectContaining({ hint: expect.any(String) as string }),
    )
  })
})

describe('a CIDR', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.168.1.7/32', '192.168.1.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['fd00::1/64', 'fd00::/64'],
    ['FD00:0:0:0::/32', 'fd00::/32'],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
  ])('%s is canonically %s', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical)
    expect(canonicalCidr(canonical)).toBe(canonical)
  })

  // The last three are read as different networks by different programs.
  test.each([
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    'fd00::/129',
    'anywhere',
    '10.0.0.256/8',
    '10/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
  ])('%j is refused', (text) => {
    expect(() => canonicalCidr(text)).toThrow(NotValidError)
    expect(() => canonicalCidr(text)).toThrow(`"${text}" is not a CIDR`)
  })
})

const tcp = (fromPort: number, toPort: number, ...sourceCidrs: string[]): IngressRule => ({
  protocol: 'tcp',
  fromPort,
  toPort,
  sourceCidrs,
})

describe('the openings of rules', () => {
  it('are one for each CIDR, canonical and without repeats', () => {
    expect(
      openings([tcp(80, 80, '10.1.0.0/8', '10.2.0.0/8', 'fd00::/64'), tcp(80, 80, '10.0.0.0/8')]),
    ).toEqual([
      { protocol: 'tcp', fromPort: 80, toPort: 80, cidr: '10.0.0.0/8' },
      { protocol: 'tcp', fromPort: 80, toPort: 80, cidr: 'fd00::/64' },
    ])
  })

  it('of a rule without CIDRs let everybody in, in both families', () => {
    for (const rule of [tcp(22, 22), { protocol: 'tcp', fromPort: 22, toPort: 22 } as const]) {
      expect(openings([rule]).map(({ cidr }) => cidr)).toEqual(EVERYWHERE)
    }
    expect(EVERYWHERE).toEqual(['0.0.0.0/0', '::/0'])
  })

  it('have keys that are equal for equal openings only', () => {
    const all = openings([tcp(80, 80), tcp(80, 81), { ...tcp(80, 80), protocol: 'udp' }])
    expect(new Set(all.map(openingKey)).size).toBe(6)
  })

  test.each<IngressRule>([
    tcp(0, 80),
    tcp(80, 79),
    tcp(1, 65_536),
    tcp(80.5, 80.5),
    tcp(Number.NaN, 80),
    { protocol: 'icmp', fromPort: 8, toPort: 8 },
    tcp(80, 80, '10.0.0.0/8', 'nowhere'),
  ])('are refused for %j', (rule) => {
    expect(() => openings([rule])).toThrow(NotValidError)
  })
})

const port = fc.integer({ min: 1, max: 65_535 })
const cidr = fc
  .tuple(fc.oneof(fc.tuple(fc.ipV4(), fc.nat(32)), fc.tuple(fc.ipV6(), fc.nat(128))))
  .map(([[address, bits]]) => `${address}/${bits}`)
const anyRule = fc
  .record({
    protocol: fc.constantFrom('tcp', 'udp', 'icmp'),
    ports: fc.tuple(port, port),
    sourceCidrs: fc.array(cidr, { maxLength: 3 }),
  })
  .map(
    ({ protocol, ports: [a, b], sourceCidrs }): IngressRule =>
      protocol === 'icmp'
        ? { protocol, fromPort: -1, toPort: -1, sourceCidrs }
        : {
            protocol: protocol as 'tcp' | 'udp',
            fromPort: Math.min(a, b),
            toPort: Math.max(a, b),
            sourceCidrs,
          },
  )

describe('the rules of openings', () => {
  it('are one for each port range, sorted by protocol and ports, their CIDRs sorted', () => {
    const rules = ingressRules(
      openings([
        tcp(443, 443, '10.0.0.0/8'),
        { protocol: 'udp', fromPort: 53, toPort: 53 },
        tcp(80, 90, 'fd00::/64', '192.168.0.0/16'),
        tcp(80, 80, '10.0.0.0/8'),
        tcp(80, 90, '10.0.0.0/8'),
        { protocol: 'icmp', fromPort: -1, toPort: -1, sourceCidrs: ['::/0'] },
      ]),
    )
    expect(rules).toEqual([
      { protocol: 'icmp', fromPort: -1, toPort: -1, sourceCidrs: ['::/0'] },
      tcp(80, 80, '10.0.0.0/8'),
      tcp(80, 90, '10.0.0.0/8', '192.168.0.0/16', 'fd00::/64'),
      tcp(443, 443, '10.0.0.0/8'),
      { protocol: 'udp', fromPort: 53, toPort: 53, sourceCidrs: ['0.0.0.0/0', '::/0'] },
    ])
  })

  it('say the same whatever the order of what was opened, and when they are opened again', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 6 }), (rules) => {
        const read = ingressRules(openings(rules))
        expect(ingressRules(openings(read))).toEqual(read)
        expect(ingressRules(openings(rules.toReversed()))).toEqual(read)
        expect(openings(read)).toHaveLength(openings(rules).length)
      }),
    )
  })
})

const udp = (fromPort: number, toPort: number, ...sourceCidrs: string[]): IngressRule => ({
  ...tcp(fromPort, toPort, ...sourceCidrs),
  protocol: 'udp',
})

const icmp: IngressRule = { protocol: 'icmp', fromPort: -1, toPort: -1 }

const written = (rules: readonly IngressRule[]): readonly string[] => rules.map(formatIngressRule)

test.each([
  [tcp(80, 80), '80/tcp'],
  [tcp(80, 100, '10.0.0.0/8'), '80-100/tcp from 10.0.0.0/8'],
  [udp(53, 53, '10.0.0.0/8', 'fd00::/64'), '53/udp from 10.0.0.0/8,fd00::/64'],
  [icmp, 'icmp'],
])('a rule is written %#', (rule, text) => {
  expect(formatIngressRule(rule)).toBe(text)
})

describe('the difference of rules', () => {
  test.each<[string, readonly IngressRule[], readonly IngressRule[], readonly string[], readonly string[]]>([
    [
      'opens all when nothing is open',
      [],
      [tcp(80, 80, '10.0.0.0/8'), udp(53, 53, 'fd00::/64'), icmp],
      ['icmp from 0.0.0.0/0,::/0', '80/tcp from 10.0.0.0/8', '53/udp from fd00::/64'],
      [],
    ],
    ['closes all when nothing shall be', [tcp(80, 80)], [], [], ['80/tcp from 0.0.0.0/0,::/0']],
    [
      'is nothing for the same rules, in whatever order and however written',
      [tcp(80, 80, '10.1.2.3/8', 'fd00::/64'), tcp(22, 22, '10.0.0.0/8'), tcp(22, 22, '10.0.0.0/8')],
      [tcp(22, 22, '10.0.0.0/8'), tcp(80, 80, 'fd00::/64'), tcp(80, 80, '10.0.0.0/8')],
      [],
      [],
    ],
    [
      'is of single CIDRs where the ports are the same',
      [tcp(80, 80, '10.0.0.0/8', '192.168.0.0/16')],
      [tcp(80, 80, '10.0.0.0/8', '172.16.0.0/12')],
      ['80/tcp from 172.16.0.0/12'],
      ['80/tcp from 192.168.0.0/16'],
    ],
    [
      'closes and opens port ranges that overlap',
      [tcp(80, 90, '10.0.0.0/8')],
      [tcp(85, 95, '10.0.0.0/8')],
      ['85-95/tcp from 10.0.0.0/8'],
      ['80-90/tcp from 10.0.0.0/8'],
    ],
    [
      'tells protocols apart',
      [tcp(53, 53, '10.0.0.0/8')],
      [udp(53, 53, '10.0.0.0/8')],
      ['53/udp from 10.0.0.0/8'],
      ['53/tcp from 10.0.0.0/8'],
    ],
    [
      'takes a rule without CIDRs for everybody',
      [tcp(80, 80)],
      [tcp(80, 80, '0.0.0.0/0')],
      [],
      ['80/tcp from ::/0'],
    ],
  ])('%s', (_, current, target, open, close) => {
    const difference = diffIngressRules(current, target)
    expect(written(difference.open)).toEqual(open)
    expect(written(difference.close)).toEqual(close)
  })

  it('makes the one of the other, and back', () => {
    const rules = fc.array(anyRule, { maxLength: 5 })
    fc.assert(
      fc.property(rules, rules, rules, (common, some, others) => {
        const [current, target] = [
          [...common, ...some],
          [...others, ...common],
        ]
        const { open, close } = diffIngressRules(current, target)
        const closed = new Set(openings(close).map(openingKey))
        const left = openings(current).filter((opening) => !closed.has(openingKey(opening)))
        expect(ingressRules(openings([...ingressRules(left), ...open]))).toEqual(
          ingressRules(openings(target)),
        )
        expect(diffIngressRules(target, current)).toEqual({ open: close, close: open })
      }),
    )
  })

  it('is refused for rules that are none', () => {
    expect(() => diffIngressRules([], [tcp(0, 80)])).toThrow(NotValidError)
    expect(() => diffIngressRules([tcp(80, 80, 'nowhere')], [])).toThrow(NotValidError)
  })
})

describe('rules without a family', () => {
  const rules = [tcp(80, 80), tcp(22, 22, '10.0.0.0/8', 'fd00::/64'), udp(53, 53, 'fd00::/64')]

  it('are for the other one, and gone when there is none', () => {
    expect(written(withoutFamily(rules, 'ipv6'))).toEqual(['22/tcp from 10.0.0.0/8', '80/tcp from 0.0.0.0/0'])
    expect(written(withoutFamily(rules, 'ipv4'))).toEqual([
      '22/tcp from fd00::/64',
      '80/tcp from ::/0',
      '53/udp from fd00::/64',
    ])
    expect(withoutFamily(withoutFamily(rules, 'ipv4'), 'ipv6')).toEqual([])
  })
})
