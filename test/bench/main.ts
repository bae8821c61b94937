/** `npm run bench`: the figures that the project promises, measured as ratios or against an idle process. */

import { coldStart } from './cold-start.ts'
import { durable } from './durable.ts'
import { imageMetadata } from './image-metadata.ts'
import { listServers } from './list-servers.ts'
import { type Figure, report } from './measure.ts'
import { provision } from './provision.ts'
import { startInstances } from './start-instances.ts'

const figures: Figure[] = []
for (const bench of [listServers, startInstances, provision, imageMetadata, durable, coldStart])
  figures.push(...(await bench()))
process.stdout.write(`${report(figures)}\n`)
