/** Ports of one machine, or of a model's machines: the cloud's rules that carry certain labels. */

import { type Firewall, ingressRules, type Opening, openingKey, openings } from 'cloud-environs/provider'
import type { RestApi, RestRule } from './provider-api.ts'

/** The label that rules are found by. */
const LABEL_FIREWALL = 'firewall'

const openingOf = ({ protocol, from: fromPort, to: toPort, cidr }: RestRule): Opening => {
  return { protocol, fromPort, toPort, cidr }
}

/** The rules of that name; `check` throws in a firewall mode in which nobody may use them. */
export function restFirewall(
  api: RestApi,
  name: string,
  { applies_to, labels }: Pick<RestRule, 'applies_to' | 'labels'>,
  check: (doing: string) => void,
): Firewall {
  const own = { [LABEL_FIREWALL]: name }
  return {
    async openPorts(rules, options) {
      check('opening ports on')
      const wanted = openings(rules)
      const open = new Set((await api.list('rules', own, options)).map(openingOf).map(openingKey))
      for (const opening of wanted.filter((each) => !open.has(openingKey(each)))) {
        const { protocol, fromPort: from, toPort: to, cidr } = opening
        const rule = { applies_to, labels: { ...labels, ...own }, protocol, from, to, cidr }
        await api.createRule(rule, options)
      }
    },

    async closePorts(rules, options) {
      check('closing ports on')
      const closing = new Set(openings(rules).map(openingKey))
      for (const rule of await api.list('rules', own, options)) {
        if (closing.has(openingKey(openingOf(rule)))) await api.delete('rules', rule.id, options)
      }
    },

    async ports(options) {
      check('retrieving ingress rules from')
      return ingressRules((await api.list('rules', own, options)).map(openingOf))
    },
  }
}
