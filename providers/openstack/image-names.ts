/** What the usual names of cloud images tell of the system in them. */

/** What is in an image, as far as its name tells. */
export interface NamedSystem {
  readonly os: string
  readonly version: string
}

/** Ubuntu's and Debian's releases by the names that stand in their images' names. */
const CODENAMES: Readonly<Record<string, NamedSystem>> = Object.fromEntries(
  [
    ['ubuntu', { trusty: '14.04', xenial: '16.04', bionic: '18.04', focal: '20.04', jammy: '22.04' }],
    ['ubuntu', { mantic: '23.10', noble: '24.04', oracular: '24.10', plucky: '25.04', questing: '25.10' }],
    ['debian', { buster: '10', bullseye: '11', bookworm: '12', trixie: '13' }],
  ].flatMap(([os, releases]) =>
    Object.entries(releases as Record<string, string>).map(([name, version]) => [
      name,
      { os: os as string, version },
    ]),
  ),
)

/** Systems as their images are named, and which part of the name is the version. */
const NAMES: readonly (readonly [os: string, name: RegExp])[] = [
  ['ubuntu', /\bubuntu\b.*?\b(\d\d\.\d\d)\b/],
  ['debian', /\bdebian\b.*?\b(\d{1,2})\b/],
  ['centos', /\bcentos\b.*?\b(\d{1,2})\b/],
  ['rocky', /\brocky\b.*?\b(\d{1,2})\b/],
  ['almalinux', /\balma ?linux\b.*?\b(\d{1,2})\b/],
  ['rhel', /\brhel\b.*?\b(\d{1,2})\b/],
  ['fedora', /\bfedora\b.*?\b(\d{2})\b/],
  ['opensuse', /\bopensuse\b.*?\b(\d{2}\.\d)\b/],
]

/** Words that name an architecture. */
const ARCH = /\b(x86 64|amd64|aarch64|arm64|armv7l|armhf|i686|i386|ppc64le|ppc64el|riscv64|s390x)\b/

/** Words only: `CentOS-Stream-GenericCloud-9-20240101.0.x86_64` has none of its own separators left. */
const wordsOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9.]+/g, ' ')

/** The release that a codename stands for: `noble` is Ubuntu 24.04. */
export const releaseNamed = (codename: string): NamedSystem | undefined =>
  Object.hasOwn(CODENAMES, codename.toLowerCase()) ? CODENAMES[codename.toLowerCase()] : undefined

/** The system in an image of that name: of `noble-server-cloudimg-amd64`, `debian-12-genericcloud`, `Ubuntu 24.04 LTS`. */
export function systemNamed(name: string): NamedSystem | undefined {
  const words = wordsOf(name)
  for (const [os, pattern] of NAMES) {
    const version = pattern.exec(words)?.[1]
    if (version !== undefined) return { os, version }
  }
  for (const word of words.split(' ')) {
    const release = releaseNamed(word)
    if (release) return release
  }
  return undefined
}

/** The architecture that a name tells, in Glance's words. */
export const archNamed = (name: string): string | undefined =>
  ARCH.exec(wordsOf(name).replace(/\./g, ' '))?.[1]?.replace(' ', '_')
