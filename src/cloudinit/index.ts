export { encodeUserData, multipartUserData, type UserDataPart } from './encode.ts'
export { NONCE_FILE, renderUserData } from './user-data.ts'
