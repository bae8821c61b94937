/** The package that an author of a provider begins with: what every provider has alike is written, the rest says so. */

/** Names that a provider goes by. */
interface Names {
  /** Of the package: as it was given. */
  readonly packageName: string
  /** Its type. */
  readonly type: string
  /** `myCloud`. */
  readonly plugin: string
  /** `MyCloud`. */
  readonly prefix: string
  /** Of cloud-environs. */
  readonly version: string
}

const json = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`

const manifest = ({ packageName, type, version }: Names): string =>
  json({
    name: packageName,
    version: '0.0.0',
    description: `Clouds of type ${type} for cloud-environs`,
    type: 'module',
    exports: { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
    files: ['dist/src'],
    scripts: { check: 'tsc --noEmit', build: 'tsc', test: 'tsc && node --test dist/test/' },
    dependencies: { 'cloud-environs': `^${version}` },
    devDependencies: { '@types/node': '^20.19.0', typescript: '>=5.7' },
  })

const TSCONFIG = json({
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    types: ['node'],
    rootDir: '.',
    outDir: 'dist',
    declaration: true,
    strict: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
  },
  include: ['src', 'test'],
})

const index = ({ type, plugin, prefix }: Names): string => `\
import { defineProvider, type ProviderPlugin } from 'cloud-environs/provider'
import { ${prefix}Provider } from './provider.ts'

/** The plug-in. */
export const ${plugin} = (): ProviderPlugin =>
  defineProvider({
    type: '${type}',
    create: (services) => new ${prefix}Provider(services),
  })

/** What a program that loads plug-ins by package name uses. */
export default ${plugin}
`

const provider = ({ prefix }: Names): string => `\
import {
  type CloudCredential,
  type ConfigSchema,
  type Credential,
  type CredentialSchema,
  type Environ,
  type EnvironProvider,
  finalizeCredential,
  type FinalizeCredentialContext,
  type FinalizeCredentialParams,
  type ModelConfig,
  NotFoundError,
  type OpenParams,
  type PrepareConfigParams,
  type ProviderSchema,
  type ProviderServices,
  validateConfigChange,
  validateProviderAttributes,
} from 'cloud-environs/provider'
import { ${prefix}Environ } from './environ.ts'

/** The ways to prove who one is. Yours; what is \`hidden\` becomes a Secret, and is never shown. */
const CREDENTIAL_SCHEMAS: Readonly<Record<string, CredentialSchema>> = {
  userpass: [
    { name: 'username', description: 'name of the user' },
    { name: 'password', description: 'password of the user', hidden: true },
  ],
}

/** Attributes of a model's configuration that only this provider has. */
const ATTRIBUTES: ConfigSchema = {}

export class ${prefix}Provider implements EnvironProvider, ProviderSchema {
  readonly #services: ProviderServices

  constructor(services: ProviderServices) {
    this.#services = services
  }

  schema(): ConfigSchema {
    return ATTRIBUTES
  }

  credentialSchemas(): Readonly<Record<string, CredentialSchema>> {
    return CREDENTIAL_SCHEMAS
  }

  /** Where the cloud's own tools keep credentials: \`this.#services.host\` has variables and the home directory. */
  async detectCredentials(): Promise<CloudCredential> {
    throw new NotFoundError('no credential found')
  }

  async finalizeCredential(
    _context: FinalizeCredentialContext,
    { credential }: FinalizeCredentialParams,
  ): Promise<Credential> {
    return await finalizeCredential(credential, CREDENTIAL_SCHEMAS)
  }

  async validate(config: ModelConfig, old?: ModelConfig): Promise<ModelConfig> {
    if (old) await validateConfigChange(config, old, ATTRIBUTES)
    return await validateProviderAttributes(config, ATTRIBUTES, this.#services.logger)
  }

  async prepareConfig({ config }: PrepareConfigParams): Promise<ModelConfig> {
    return await this.validate(config)
  }

  /** Cheap: nothing is asked of the cloud yet. */
  async open(params: OpenParams): Promise<Environ> {
    return new ${prefix}Environ(this, params, this.#services)
  }
}
`

const environ = ({ prefix }: Names): string => `\
import {
  type BootstrapContext,
  bootstrapInstance,
  type BootstrapParams,
  type BootstrapResult,
  type CallOptions,
  type ConstraintsValidator,
  constraintsValidator,
  type Environ,
  type EnvironProvider,
  EnvironsError,
  type IngressRule,
  type Instance,
  type InstanceId,
  type ModelConfig,
  NoInstancesError,
  NotFoundError,
  type OpenParams,
  PartialInstancesError,
  type PrecheckInstanceParams,
  type ProviderServices,
  type StartInstanceParams,
  type StartInstanceResult,
  type StorageProvider,
} from 'cloud-environs/provider'

/** What is left to write. */
const notYet = (method: string): EnvironsError =>
  new EnvironsError(\`\${method} is not written yet\`, { operation: method, hint: 'see src/environ.ts' })

/** A model's place in the cloud. It owns what carries its model's tag, and nothing else. */
export class ${prefix}Environ implements Environ {
  readonly #provider: EnvironProvider
  readonly #params: OpenParams
  readonly #services: ProviderServices
  #config: ModelConfig

  constructor(provider: EnvironProvider, params: OpenParams, services: ProviderServices) {
    this.#provider = provider
    this.#params = params
    this.#services = services
    this.#config = params.config
  }

  provider(): EnvironProvider {
    return this.#provider
  }

  config(): ModelConfig {
    return this.#config
  }

  async setConfig(config: ModelConfig): Promise<void> {
    this.#config = await this.#provider.validate(config, this.#config)
  }

  /** Early checks before anything is made, with \`this.#params.cloud\`: its endpoint, its credential. */
  async prepareForBootstrap(_context: BootstrapContext): Promise<void> {}

  async bootstrap(context: BootstrapContext, params: BootstrapParams): Promise<BootstrapResult> {
    return await bootstrapInstance(this, context, params)
  }

  async create(): Promise<void> {}

  /** Names the constraints that this cloud does not have. */
  async constraintsValidator(): Promise<ConstraintsValidator> {
    return constraintsValidator({ unsupported: [] })
  }

  /** Refuses what can never be started, before anything is made. */
  async precheckInstance(_params: PrecheckInstanceParams): Promise<void> {
    throw notYet('precheckInstance')
  }

  /**
   * Makes a machine with \`instanceConfig.tags\` from the request that makes it, and waits until it runs: with
   * \`this.#services.clock\`, and until \`options.signal\` says no. A failure removes what was made.
   */
  async startInstance(_params: StartInstanceParams, _options?: CallOptions): Promise<StartInstanceResult> {
    throw notYet('startInstance')
  }

  /** Of this model only; what is gone is no error. */
  async stopInstances(_ids: readonly InstanceId[], _options?: CallOptions): Promise<void> {
    throw notYet('stopInstances')
  }

  /** Those that carry this model's tag, whatever state they are in. */
  async allInstances(_options?: CallOptions): Promise<readonly Instance[]> {
    throw notYet('allInstances')
  }

  async maintainInstance(): Promise<void> {}

  async instances(ids: readonly InstanceId[], options?: CallOptions): Promise<readonly Instance[]> {
    if (ids.length === 0) return []
    const own = new Map((await this.allInstances(options)).map((instance) => [instance.id, instance]))
    const found = ids.map((id) => own.get(id))
    const present = found.filter((instance) => instance !== undefined)
    if (present.length === 0) throw new NoInstancesError()
    if (present.length < ids.length) throw new PartialInstancesError(found)
    return present
  }

  /** Of all models: those that carry this controller's tag, and the one of controllers. */
  async controllerInstances(_controllerUuid: string, _options?: CallOptions): Promise<readonly InstanceId[]> {
    throw notYet('controllerInstances')
  }

  async openPorts(_rules: readonly IngressRule[], _options?: CallOptions): Promise<void> {
    throw notYet('openPorts')
  }

  async closePorts(_rules: readonly IngressRule[], _options?: CallOptions): Promise<void> {
    throw notYet('closePorts')
  }

  async ports(_options?: CallOptions): Promise<readonly Required<IngressRule>[]> {
    throw notYet('ports')
  }

  async storageProviderTypes(): Promise<readonly string[]> {
    return []
  }

  async storageProvider(type: string): Promise<StorageProvider> {
    throw new NotFoundError(\`storage provider "\${type}" not found\`)
  }

  /** And what else was made for the model. */
  async destroy(options?: CallOptions): Promise<void> {
    const instances = await this.allInstances(options)
    await this.stopInstances(
      instances.map(({ id }) => id),
      options,
    )
  }

  /** Everything that carries the controller's tag: all of its models. */
  async destroyController(_controllerUuid: string, _options?: CallOptions): Promise<void> {
    throw notYet('destroyController')
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
`

const conformanceTest = ({ type, plugin }: Names): string => `\
import { test } from 'node:test'
import { Secret } from 'cloud-environs'
import { conformance } from 'cloud-environs/testing'
import { ${plugin} } from '../src/index.ts'

conformance(
  {
    plugin: ${plugin}(),
    // One that may be filled and emptied.
    cloud: {
      type: '${type}',
      name: 'try',
      endpoint: 'https://cloud.example',
      credential: {
        authType: 'userpass',
        attributes: { username: 'me', password: new Secret(process.env.CLOUD_PASSWORD ?? '') },
      },
    },
  },
  { test },
)
`

const readme = ({ packageName, type }: Names): string => `\
# ${packageName}

Clouds of type \`${type}\` for [cloud-environs](https://www.npmjs.com/package/cloud-environs).

\`\`\`sh
npm install
npm run check  # it compiles from the first day
npm test       # each failure names a method of src/environ.ts that is not written yet
\`\`\`

1. \`test/conformance.test.ts\`: name a cloud to try it on.
2. \`src/provider.ts\`: credentials, and attributes of a model's configuration.
3. \`src/environ.ts\`: write the methods until \`npm test\` passes. \`allInstances\` and \`startInstance\` come first.
4. What else the cloud has (zones, instance types, tags, networks, volumes): implement its interface, and the tests of
   it run too.

The contract of each method is in its declaration; \`docs/writing-a-provider.md\` of cloud-environs explains them. The
command loads the package by its name: \`ENVIRONS_PROVIDERS=${packageName} environs providers\`.
`

const pascal = (words: string): string =>
  words
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')

/** The files of a new provider's package by their paths in it. */
export function newProviderFiles(type: string, version: string): ReadonlyMap<string, string> {
  const prefix = pascal(type)
  const plugin = `${prefix.charAt(0).toLowerCase()}${prefix.slice(1)}`
  const names = { packageName: `environs-${type}`, type, plugin, prefix, version }
  return new Map([
    ['package.json', manifest(names)],
    ['tsconfig.json', TSCONFIG],
    ['README.md', readme(names)],
    ['src/index.ts', index(names)],
    ['src/provider.ts', provider(names)],
    ['src/environ.ts', environ(names)],
    ['test/conformance.test.ts', conformanceTest(names)],
  ])
}
