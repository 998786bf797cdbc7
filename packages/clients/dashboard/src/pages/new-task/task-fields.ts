/** What the API says of a field in docs/openapi.json: built in, so that no default is written twice. */
export interface FieldRule {
  default?: string | number;
  minimum?: number;
  maximum?: number;
}

/** The fields of a new task, and where each stands in the body of `POST /api/tasks`. */
export const FIELD_PATHS = {
  targets: 'task_target',
  exclude: 'exclude_target',
  ports: 'scan.ports',
  method: 'scan.method',
  name: 'name',
  labels: 'labels',
  category: 'task_category',
  type: 'task_type',
  initiator: 'task_initiator',
  priority: 'config.priority',
  max_retries: 'config.max_retries',
  retry_delay: 'config.retry_delay',
  max_retry_delay: 'config.max_retry_delay',
  subtask_timeout: 'config.subtask_timeout',
  timeout: 'config.timeout',
  pool: 'config.pool',
  order: 'config.order',
  error_threshold: 'error_info.error_threshold',
  retryable: 'config.retryable',
} as const;

export type FieldName = keyof typeof FIELD_PATHS;
export type FieldValues = Record<FieldName, string>;
export const FIELD_NAMES = Object.keys(FIELD_PATHS) as FieldName[];
