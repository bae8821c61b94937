import { NotValidError } from '../environ/errors.ts'

/** A version of Juju (Juju: `version.Number`): `3.6.1`, `3.6-beta1`, and `3.6.1.2` for the second build of one's own. */
export interface AgentVersion {
  readonly major: number
  readonly minor: number
  /** `beta` of `3.6-beta1`; '' for a release. */
  readonly tag: string
  /** Also the number behind the tag. */
  readonly patch: number
  /** 0 for none. */
  readonly build: number
}

const VERSION = /^(\d{1,9})\.(\d{1,9})(?:\.|-([a-z]+))(\d{1,9})(?:\.(\d{1,9}))?$/

/** What a text says when it is a version; otherwise `undefined`. */
export function readAgentVersion(text: string): AgentVersion | undefined {
  const [, major, minor, tag = '', patch, build = 0] = VERSION.exec(text) ?? []
  if (major === undefined) return undefined
  return { major: Number(major), minor: Number(minor), tag, patch: Number(patch), build: Number(build) }
}

/** @throws NotValidError unless the text is a version */
export function parseAgentVersion(text: string): AgentVersion {
  const version = readAgentVersion(text)
  if (version) return version
  throw new NotValidError(`${JSON.stringify(text)} is no version`, {
    hint: 'write it as 3.6.1, 3.6-beta1 or 3.6.1.2',
  })
}

/** The text that is parsed to that version, without leading zeros. */
export const formatAgentVersion = ({ major, minor, tag, patch, build }: AgentVersion): string =>
  `${major}.${minor}${tag ? `-${tag}` : '.'}${patch}${build > 0 ? `.${build}` : ''}`

/** Negative when `a` is the older one. A release is newer than everything with a tag. */
export function compareAgentVersions(a: AgentVersion, b: AgentVersion): number {
  const release = a.major - b.major || a.minor - b.minor
  if (release !== 0) return release
  if (a.tag === b.tag) return a.patch - b.patch || a.build - b.build
  if (a.tag === '' || b.tag === '') return a.tag === '' ? 1 : -1
  return a.tag < b.tag ? -1 : 1
}

/** Whether it is no release: it has a tag, or a build number. */
export const isDevelopmentVersion = ({ tag, build }: AgentVersion): boolean => tag !== '' || build > 0
