/** Security groups under Juju's names: made once, found by exact name, removed when nothing uses them. */

import { AlreadyExistsError, ConflictError, findError, NotFoundError } from 'cloud-environs/provider'
import type { CreateSecurityGroupRule, SecurityGroup, SecurityGroupRule } from './api/index.ts'
import { removeOnceFree } from './in-use.ts'
import type { Scope } from './scope.ts'
import { agreeOnGroup } from './shared-group.ts'

const DESCRIPTION = 'juju group'
/** Of a group that whoever makes it may yet take back. */
const PROPOSAL = 'juju group, being made'

const isProposal = ({ description }: SecurityGroup): boolean => description === PROPOSAL

/** A rule but for its group. */
export type RuleSpec = Omit<CreateSecurityGroupRule, 'securityGroupId'>

/**
 * Equal for rules that let the same through. Neutron writes a whole range of ports as no range, and everybody may be
 * written as no prefix.
 */
function ruleKey(rule: RuleSpec | SecurityGroupRule): string {
  const {
    direction,
    etherType = 'IPv4',
    protocol,
    portRangeMin,
    portRangeMax,
    remoteIpPrefix,
    remoteGroupId,
  } = rule
  const hasPorts = protocol === 'tcp' || protocol === 'udp'
  const ports = hasPorts ? [portRangeMin ?? 1, portRangeMax ?? 65_535] : []
  const from = remoteGroupId ?? remoteIpPrefix ?? (etherType === 'IPv6' ? '::/0' : '0.0.0.0/0')
  return [direction, etherType, protocol, ...ports, from].join(' ')
}

/** Somebody else did the same at the same time. */
const isConflict = (error: unknown): boolean =>
  (findError(error, ConflictError) ?? findError(error, AlreadyExistsError)) !== undefined

/** The rules that let the machines of a model reach each other, as Juju has them. */
const internalRules = (groupId: string): readonly RuleSpec[] =>
  (['IPv4', 'IPv6'] as const).flatMap((etherType) => [
    ...(['tcp', 'udp'] as const).map((protocol) => ({
      direction: 'ingress' as const,
      etherType,
      protocol,
      portRangeMin: 1,
      portRangeMax: 65_535,
      remoteGroupId: groupId,
    })),
    {
      direction: 'ingress' as const,
      etherType,
      protocol: etherType === 'IPv4' ? 'icmp' : 'ipv6-icmp',
      remoteGroupId: groupId,
    },
  ])

/** The security groups of one project. */
export class SecurityGroups {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** The group of that name. Of several, always the same one. */
  async find(name: string, signal?: AbortSignal): Promise<SecurityGroup | undefined> {
    const groups = (await this.#named(name, signal)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    return groups.find((group) => !isProposal(group)) ?? groups[0]
  }

  /** The group that all machines of a model are in, made with its internal rules if need be. */
  async ensureModelGroup(name: string, signal?: AbortSignal): Promise<SecurityGroup> {
    return await this.#scope.coalescer.share(`group ${name}`, signal, async (signal) => {
      const group = await this.#agreeOn(name, signal)
      await this.addRules(group, internalRules(group.id), signal)
      return group
    })
  }

  /** The group of that name that several machines are in, made if need be. */
  async ensureShared(name: string, signal?: AbortSignal): Promise<SecurityGroup> {
    return await this.#scope.coalescer.share(`group ${name}`, signal, (signal) => this.#agreeOn(name, signal))
  }

  /** The group of that name that one machine alone is in, made if need be: nobody else makes it. */
  async ensureOwn(name: string, signal?: AbortSignal): Promise<SecurityGroup> {
    return (await this.find(name, signal)) ?? (await this.#create(name, DESCRIPTION, signal))
  }

  /** Adds the rules that the group lacks. Somebody else adding the same ones is no error. */
  async addRules(group: SecurityGroup, rules: readonly RuleSpec[], signal?: AbortSignal): Promise<void> {
    const { securityGroupRules } = this.#scope.connection.network
    const present = new Set(group.rules.map(ruleKey))
    const missing = rules
      .filter((rule) => !present.has(ruleKey(rule)))
      .map((rule) => ({ ...rule, securityGroupId: group.id }))
    try {
      await securityGroupRules.createMany(missing, { signal })
    } catch (error) {
      if (!isConflict(error)) throw error
      // All or none: one that exists fails them all, so that they are sent again one by one.
      for (const rule of missing) {
        await securityGroupRules.create(rule, { signal }).catch((error: unknown) => {
          if (!findError(error, AlreadyExistsError)) throw error
        })
      }
    }
  }

  /** Rules that are gone already are no error. */
  async deleteRules(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    const { securityGroupRules } = this.#scope.connection.network
    await Promise.all(ids.map((id) => securityGroupRules.delete(id, { signal })))
  }

  /** All groups of the project. */
  async list(signal?: AbortSignal): Promise<readonly SecurityGroup[]> {
    const { securityGroups } = this.#scope.connection.network
    return await securityGroups.all({ projectId: await this.#projectId(signal) }, { signal })
  }

  /** Removes a group once nothing is in it any more. @throws ConflictError when it stays in use */
  async delete(id: string, signal?: AbortSignal): Promise<void> {
    const { securityGroups } = this.#scope.connection.network
    await removeOnceFree(this.#scope, () => securityGroups.delete(id, { signal }), signal)
  }

  async #agreeOn(name: string, signal: AbortSignal): Promise<SecurityGroup> {
    const { connection, services } = this.#scope
    const { securityGroups } = connection.network
    return await agreeOnGroup(
      {
        list: () => this.#named(name, signal),
        propose: () => this.#create(name, PROPOSAL, signal),
        isProposal,
        settle: ({ id }) =>
          securityGroups.update(id, { description: DESCRIPTION }, { signal }).catch((error: unknown) => {
            if (!findError(error, NotFoundError)) throw error
          }),
        remove: ({ id }) => this.delete(id, signal),
      },
      services.clock,
      signal,
    )
  }

  async #create(name: string, description: string, signal?: AbortSignal): Promise<SecurityGroup> {
    return await this.#scope.connection.network.securityGroups.create({ name, description }, { signal })
  }

  async #named(name: string, signal?: AbortSignal): Promise<readonly SecurityGroup[]> {
    const { network } = this.#scope.connection
    const groups = await network.securityGroups.all(
      { name, projectId: await this.#projectId(signal) },
      { signal },
    )
    return groups.filter((group) => group.name === name)
  }

  /** An administrator sees the groups of all projects; only those of our own are ours. */
  async #projectId(signal?: AbortSignal): Promise<string | undefined> {
    return (await this.#scope.connection.identity.authenticate({ signal })).project?.id
  }
}
