import { memoryHost } from './memory-host.ts'
import { serverRules } from './server-rules.ts'

serverRules('memory', async () => memoryHost())
