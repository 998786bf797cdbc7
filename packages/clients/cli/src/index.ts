export { type ApiClient, createApiClient } from './api-client';
export type { ApiNode, ApiSubTask, ApiTask } from './api-types';
export { CliError } from './cli-error';
export { toPrintable } from './printable';
export { createProgressView } from './watch/progress-view';
export { type WatchOptions, watchTask } from './watch/watch-task';
export type { WatchUpdate } from './watch-update';
