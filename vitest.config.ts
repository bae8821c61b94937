import { defineConfig } from 'vitest/config'
import base from './test/vitest.base.ts'

/** Rooms whose tests keep nothing in modules: they share them, which saves a quarter of the processor's time. */
const SHARING =
  'agents,certificates,cloud,cloudinit,config,constraints,controller,environ,files,images,instances,providers,servers,simplestreams,ssh'

/** A process for each request takes a minute: `npm run test:long` has it. */
const LONG = process.env['LONG'] === '1' ? [] : ['test/conformance/faults-of-killed.test.ts']

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    // Most tests wait for a cloud, not for the processor: more workers than cores.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: { name: 'sharing', isolate: false, include: [`test/{${SHARING}}/**/*.test.ts`] },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: [
            `test/!(openstack|vm|durable|${SHARING.replaceAll(',', '|')})/**/*.test.ts`,
            'test/*.test.ts',
          ],
          exclude: LONG,
        },
      },
    ],
  },
})
