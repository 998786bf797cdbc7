export { reportOccurrence } from './alerts/report-occurrence';
export { createStore } from './create-store';
export { createTaskRound, type TaskRound } from './dispatch/task-round';
export { createLeadership, LEASE_PREFIX } from './leases/leases';
export { inspectStore } from './mongodb/inspect-store';
export * from './store';
export { requireRev } from './tasks/write-task';
