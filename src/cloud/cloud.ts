/** A region of a cloud. */
export interface CloudRegion {
  readonly name: string
  readonly endpoint?: string
  readonly identityEndpoint?: string
  readonly storageEndpoint?: string
}

/** A cloud as its user knows it (Juju: `cloud.Cloud`). */
export interface Cloud {
  readonly name: string
  /** Type of its provider: `openstack`. */
  readonly type: string
  readonly description?: string
  readonly authTypes: readonly string[]
  readonly endpoint?: string
  readonly identityEndpoint?: string
  readonly storageEndpoint?: string
  /** The first one is the default. */
  readonly regions: readonly CloudRegion[]
  /** PEM certificates of authorities to trust for it. */
  readonly caCertificates?: readonly string[]
  readonly skipTlsVerify?: boolean
  /** Default model configuration on this cloud. */
  readonly config?: Readonly<Record<string, unknown>>
}
