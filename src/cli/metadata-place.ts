import { resolve } from 'node:path'

/** A place of metadata as the user writes it: an address stays one, anything else is a directory. */
export const metadataPlace = (place: string): string =>
  /^[a-z][a-z+.-]*:\/\//i.test(place) ? place : resolve(place)
