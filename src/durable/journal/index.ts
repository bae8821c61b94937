export { type JournalOptions, JournalRunner } from './journal-runner.ts'
