import { createTaskRequestSchema, type ScanAgainBody, type Task } from '@cyberstroll/contracts';
import { toFieldErrors } from '../requests/to-field-errors';
import { toBodyOf } from './scan-again';

const OLD = {
  task_id: 'a'.repeat(24),
  task_target: '10.0.0.0/24',
  exclude_target: '10.0.0.1',
  task_type: 'audit',
  task_category: 'nightly',
  task_initiator: 'alice',
  name: 'Office',
  labels: ['edge'],
  scan: { ports: '22,80', method: 'nmap' },
  config: { max_retries: 7, priority: 9, pool: 'edge', order: 'sequential', retryable: { TIMEOUT: false } },
  error_info: { error_count: 3, error_threshold: 25, error_threshold_share: '10%' },
  progress: { total_targets: 255 },
} as unknown as Task;
const again = (more: object = {}) =>
  createTaskRequestSchema.parse({ from_task: OLD.task_id, task_initiator: 'bob', ...more }) as ScanAgainBody;
const faultsOf = (body: object) => {
  const { error } = createTaskRequestSchema.safeParse(body);
  return error ? toFieldErrors(error).map(({ field }) => field) : [];
};

it('takes everything of the old task but its initiator', () => {
  const { config, ...body } = toBodyOf(OLD, again());
  expect(body).toEqual({
    task_target: '10.0.0.0/24',
    exclude_target: '10.0.0.1',
    task_type: 'audit',
    task_category: 'nightly',
    task_initiator: 'bob',
    name: 'Office',
    labels: ['edge'],
    error_threshold: '10%',
    scan: OLD.scan,
  });
  expect(config).toMatchObject(OLD.config);
});

it('what is given stands for what the old task has, field by field, without defaults', () => {
  const given = { labels: [], scan: { ports: '443' }, config: { priority: 1 }, error_info: { error_threshold: 5 } };
  expect(toBodyOf(OLD, again(given))).toMatchObject({
    labels: [],
    name: 'Office',
    scan: { ports: '443', method: 'nmap' },
    error_threshold: 5,
    config: { priority: 1, max_retries: 7, pool: 'edge' },
  });
});

it.each<[string, object, string[]]>([
  ['an empty body', {}, ['task_target', 'task_initiator', 'scan']],
  ['an unknown field', { task_target: '10.0.0.1', task_initiator: 'a', scan: { ports: '1' }, foo: 1 }, ['foo']],
  ['no initiator', { from_task: OLD.task_id }, ['task_initiator']],
  ['a bad task', { from_task: 'x', task_initiator: 'a' }, ['from_task']],
  ['a bad field beside it', { from_task: OLD.task_id, task_initiator: 'a', scan: { ports: '0' } }, ['scan.ports']],
  ['another field beside it', { from_task: OLD.task_id, task_initiator: 'a', foo: 1 }, ['foo']],
  ['only without a task', { only: 'failed', task_initiator: 'a' }, ['from_task']],
  [
    'only with targets',
    { from_task: OLD.task_id, only: 'open', task_target: '10.0.0.1', task_initiator: 'a' },
    ['only'],
  ],
])('%s is refused by the fields of the form that was meant', (_name, body, fields) => {
  expect(faultsOf(body)).toEqual(fields);
});
