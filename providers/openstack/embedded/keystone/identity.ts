import { randomBytes, randomUUID } from 'node:crypto'
import type { Settings } from '../options.ts'

export interface Role {
  readonly id: string
  readonly name: string
}

export interface Project {
  readonly id: string
  readonly name: string
}

export interface User {
  readonly id: string
  readonly name: string
  readonly password: string
  readonly defaultProjectId: string | undefined
  /** Roles by project id. */
  readonly roles: ReadonlyMap<string, readonly Role[]>
}

export interface AccessRule {
  readonly id: string
  readonly userId: string
  readonly service: string
  readonly path: string
  readonly method: string
}

export interface ApplicationCredential {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly userId: string
  readonly projectId: string
  readonly secret: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null
  readonly unrestricted: boolean
  readonly roles: readonly Role[]
  readonly accessRules: readonly AccessRule[]
}

export interface Ec2Credential {
  readonly access: string
  readonly secret: string
  readonly userId: string
  readonly projectId: string
}

export interface Token {
  readonly id: string
  readonly methods: readonly string[]
  readonly user: User
  readonly project: Project | undefined
  readonly roles: readonly Role[]
  readonly issuedAt: number
  readonly expiresAt: number
  readonly auditIds: readonly string[]
  readonly applicationCredential: ApplicationCredential | undefined
}

/** Keystone ids are UUIDs without hyphens. */
export function hexId(): string {
  return randomUUID().replaceAll('-', '')
}

/** Users, projects, roles, tokens and credentials for programs: one set for all regions. */
export class Identity {
  readonly projects = new Map<string, Project>()
  readonly users = new Map<string, User>()
  readonly roles = new Map<string, Role>()
  readonly credentials = new Map<string, ApplicationCredential>()
  /** They outlive the credentials that they were made for. */
  readonly accessRules = new Map<string, AccessRule>()
  readonly ec2Credentials = new Map<string, Ec2Credential>()
  readonly #tokens = new Map<string, Token>()
  readonly #tokenSeconds: number

  constructor(settings: Settings) {
    this.#tokenSeconds = settings.tokenSeconds
    for (const name of ['admin', 'member', 'reader']) this.#role(name)
    for (const name of settings.projects) this.#project(name)
    for (const option of settings.users) {
      const projects = option.projects.map((name) => this.#project(name))
      const roles = option.roles.map((name) => this.#role(name))
      const user: User = {
        id: hexId(),
        name: option.name,
        password: option.password,
        defaultProjectId: projects[0]?.id,
        roles: new Map(projects.map((project) => [project.id, roles])),
      }
      this.users.set(user.id, user)
    }
  }

  projectNamed(name: string): Project | undefined {
    return [...this.projects.values()].find((project) => project.name === name)
  }

  userNamed(name: string): User | undefined {
    return [...this.users.values()].find((user) => user.name === name)
  }

  issue(
    grant: Pick<Token, 'methods' | 'user' | 'project' | 'roles'> & {
      readonly parent?: Token | undefined
      readonly applicationCredential?: ApplicationCredential | undefined
    },
  ): Token {
    const now = Date.now()
    const token: Token = {
      id: `gAAAAAB${randomBytes(96).toString('base64url')}`,
      methods: grant.methods,
      user: grant.user,
      project: grant.project,
      roles: grant.roles,
      issuedAt: now,
      // A token made from a token lives no longer than that one.
      expiresAt: grant.parent?.expiresAt ?? now + this.#tokenSeconds * 1000,
      auditIds: [randomBytes(16).toString('base64url'), ...(grant.parent?.auditIds.slice(-1) ?? [])],
      applicationCredential: grant.applicationCredential,
    }
    this.#tokens.set(token.id, token)
    return token
  }

  /** The token when it is known, not revoked and not expired. */
  token(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id)
    if (token && token.expiresAt <= Date.now()) {
      this.#tokens.delete(token.id)
      return undefined
    }
    return token
  }

  revoke(id: string): void {
    this.#tokens.delete(id)
  }

  revokeAll(): void {
    this.#tokens.clear()
  }

  /** Tokens made from a credential end with it. */
  dropCredential(id: string): void {
    this.credentials.delete(id)
    for (const token of this.#tokens.values()) {
      if (token.applicationCredential?.id === id) this.#tokens.delete(token.id)
    }
  }

  #project(name: string): Project {
    const project = this.projectNamed(name) ?? { id: hexId(), name }
    this.projects.set(project.id, project)
    return project
  }

  #role(name: string): Role {
    const role = this.roles.get(name) ?? { id: hexId(), name }
    this.roles.set(name, role)
    return role
  }
}
