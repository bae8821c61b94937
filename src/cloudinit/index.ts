export { NONCE_FILE, renderUserData } from './user-data.ts'
