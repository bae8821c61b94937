export { renderUserData } from './user-data.ts'
