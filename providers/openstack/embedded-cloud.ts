import type { EmbeddedCloud, EmbeddedCloudOptions } from 'cloud-environs/provider'

/** Starts an OpenStack in this process. It is loaded when it is asked for: no ordinary run needs it. */
export async function embedded({ port }: EmbeddedCloudOptions = {}): Promise<EmbeddedCloud> {
  const { startEmbeddedOpenStack } = await import('./embedded/index.ts')
  const cloud = await startEmbeddedOpenStack(port === undefined ? {} : { port })
  return {
    description: `embedded OpenStack at ${cloud.authUrl}`,
    variables: cloud.environment(),
    proxy: cloud.proxy,
    configFile: { name: 'clouds.yaml', text: cloud.cloudsYaml(), variable: 'OS_CLIENT_CONFIG_FILE' },
    [Symbol.asyncDispose]: () => cloud.close(),
  }
}
