export { openForBackup } from './backup/backup-access';
export { createStore } from './create-store';
export { hasNumbers } from './limits/limit-store';
export { inspectStore } from './mongodb/connection/inspect-store';
export { LEASE_PREFIX } from './mongodb/models/documents';
export type { RuleMaker } from './rules/rule-quota';
export * from './store';
export { CLAIM_MS, type ClaimedKey, type KeyClaim } from './tasks/idempotency-keys';
export { requireVersion, toVersion } from './tasks/write-tasks';
