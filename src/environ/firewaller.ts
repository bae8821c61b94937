import type { IngressRule } from './network.ts'
import type { CallOptions } from './options.ts'

/** Something whose ports can be opened and closed. All three are idempotent. */
export interface Firewall {
  /** Opens what is not open yet. Opening what is open succeeds and changes nothing. */
  openPorts(rules: readonly IngressRule[], options?: CallOptions): Promise<void>
  /** Closes these rules' CIDRs (all, when a rule names none). Closing what is not open succeeds. */
  closePorts(rules: readonly IngressRule[], options?: CallOptions): Promise<void>
  /** What is open: one rule for each port range, sorted by protocol and ports, its CIDRs sorted. */
  ports(options?: CallOptions): Promise<readonly Required<IngressRule>[]>
}

/**
 * Opens ports of a whole model. Valid in firewall mode `global` only; in another mode each call throws
 * `NotValidError` naming the mode (Juju: `Firewaller`).
 */
export interface Firewaller extends Firewall {}
