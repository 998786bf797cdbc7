export { createStore } from './create-store';
export { inspectStore } from './inspect-store';
export { LEASE_PREFIX } from './lease-prefix';
export { reportOccurrence } from './report-occurrence';
export * from './store';
export { createTaskRound, type TaskRound } from './task-round';
