export { type ServerAction, allowAll, type Authorizer } from './authorizer.ts'
export { FileServerStore } from './file-store.ts'
export { type HttpAnswer, httpAnswer } from './http-answer.ts'
export { MemoryServerStore } from './memory-store.ts'
export type { NestedScope, NestedServers } from './nested.ts'
export type * from './server.ts'
export type {
  IdentityKey,
  StoredRecord,
  NewRecord,
  RecordStore,
  ServerRecord,
  ServerStore,
  SshAuthority,
} from './server-store.ts'
export type { ServerService } from './service.ts'
export type { ServerSnapshotParams } from './snapshot.ts'
