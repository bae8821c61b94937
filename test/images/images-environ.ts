import type { DataSource, Environ, ImageMetadata } from 'cloud-environs'
import { fakeEnviron } from '../environ/fakes.ts'
import { CLOUD } from '../simplestreams/served-tree.ts'

/** What an environ has of images. */
export interface ImagesOf {
  /** Attributes of its model. */
  readonly attrs?: Readonly<Record<string, unknown>>
  /** Where it is; `null`: it has no region. */
  readonly place?: typeof CLOUD | null
  /** What the cloud names as a data source, or fails with. */
  readonly source?: DataSource | Error
  /** What the cloud itself lists. */
  readonly listed?: readonly ImageMetadata[]
}

/** An environ of which nothing but images is asked. */
export const imagesEnviron = ({ attrs = {}, place = CLOUD, source, listed }: ImagesOf): Environ =>
  fakeEnviron({
    config: () => ({
      attrs,
      imageStream: attrs['image-stream'] ?? 'released',
      imageMetadataUrl: attrs['image-metadata-url'],
      imageMetadataDefaultsDisabled: attrs['image-metadata-defaults-disabled'] ?? false,
      sslHostnameVerification: attrs['ssl-hostname-verification'] ?? true,
    }),
    ...(place ? { region: () => place } : {}),
    ...(source
      ? {
          imageDataSource: () => (source instanceof Error ? Promise.reject(source) : Promise.resolve(source)),
        }
      : {}),
    ...(listed ? { images: () => Promise.resolve(listed) } : {}),
  })
