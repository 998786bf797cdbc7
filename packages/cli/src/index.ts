export { type ApiClient, createApiClient } from './api-client';
export type { NodeView, SubTaskView, TaskView } from './api-types';
export { CliError } from './cli-error';
export { toPrintable } from './printable';
export { createProgressView } from './progress-view';
export { type WatchOptions, watchTask } from './watch-task';
export type { WatchUpdate } from './watch-update';
