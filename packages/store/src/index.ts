export { createStore, type StoreOptions } from './create-store';
export * from './store';
export { createTaskRound, type TaskRound } from './task-round';
