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
  options: 'scan.options',
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
  max_concurrent: 'config.max_concurrent',
  max_starts_per_second: 'config.max_starts_per_second',
  per_prefix: 'config.per_prefix',
  windows: 'config.windows',
  at_close: 'config.at_close',
  error_threshold: 'error_info.error_threshold',
  retryable: 'config.retryable',
} as const;

export type FieldName = keyof typeof FIELD_PATHS;
export type FieldValues = Record<FieldName, string>;
export const FIELD_NAMES = Object.keys(FIELD_PATHS) as FieldName[];

/** The ports that are open most often on the Internet, by the table of nmap 7.93; and those of web servers. */
export const PORT_PRESETS = {
  top_20: '21-23,25,53,80,110-111,135,139,143,443,445,993,995,1723,3306,3389,5900,8080',
  top_100: 'top-100',
  web: '80-81,443,3000,5000,8000,8008,8080-8081,8088,8443,8888,9000,9443',
  all: '1-65535',
} as const;
