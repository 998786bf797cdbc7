import { SUBTASK_STATUSES, TASK_STATUSES } from '@cyberstroll/state-machine';
import { progressSchema } from './documents/progress';
import { subTaskSchema } from './documents/subtask';
import { taskConfigSchema, taskSchema } from './documents/task';
import { createTaskBodySchema, taskStatusViewSchema } from './http/tasks/task';
import { heartbeatSchema } from './messages/heartbeat';
import { progressUpdateSchema } from './messages/progress-update';
import { QUEUES, toJobQueue } from './messages/topology';

/** The fields of the contract, 3.1, 3.2, 5.1 and 8, by name. */
it.each<[string, { shape: object }, string]>([
  [
    'tasks',
    taskSchema,
    'task_id task_initiator task_target task_type task_category status status_history progress created_time queued_time started_time completed_time estimated_completion actual_duration config error_info',
  ],
  [
    'progress',
    progressSchema,
    'total_targets pending_count assigned_count scanning_count completed_count failed_count timeout_count retry_count progress_percentage',
  ],
  ['config', taskConfigSchema, 'max_retries retry_delay timeout priority'],
  ['task error_info', taskSchema.shape.error_info, 'error_count last_error error_threshold'],
  ['task status_history', taskSchema.shape.status_history.element, 'status timestamp reason operator'],
  [
    'subtasks',
    subTaskSchema,
    'task_id subtask_id ip status assigned_node assigned_time started_time completed_time execution_duration retry_count max_retries last_retry_time next_retry_time scan_result error_info created_time updated_time',
  ],
  ['scan_result', subTaskSchema.shape.scan_result.unwrap(), 'open_ports services response_time'],
  ['subtask error_info', subTaskSchema.shape.error_info.unwrap(), 'error_message error_code error_time'],
  ['heartbeat', heartbeatSchema, 'node_id timestamp status current_tasks system_info'],
  ['heartbeat system_info', heartbeatSchema.shape.system_info, 'cpu_usage memory_usage active_threads'],
  ['heartbeat current_tasks', heartbeatSchema.shape.current_tasks.element, 'subtask_id status progress'],
  ['status view', taskStatusViewSchema, 'task_id status progress timeline'],
  ['progress_update', progressUpdateSchema, 'type task_id progress status timestamp'],
])('%s has every field of the contract', (_name, schema, fields) => {
  expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(fields.split(' ')));
});

it('has the statuses of the contract', () => {
  expect([...TASK_STATUSES].sort()).toEqual([
    'CANCELLED',
    'COMPLETED',
    'CREATED',
    'FAILED',
    'PAUSED',
    'QUEUED',
    'RUNNING',
    'TIMEOUT',
  ]);
  expect([...SUBTASK_STATUSES].sort()).toEqual([
    'ASSIGNED',
    'CANCELLED',
    'COMPLETED',
    'FAILED',
    'PENDING',
    'RETRYING',
    'SCANNING',
    'TIMEOUT',
  ]);
});

it('fills in a task’s configuration, and lets a client set nothing that is the server’s', () => {
  const body = { task_target: '127.0.0.1', task_initiator: 'me', scan: { ports: [22] } };
  expect(createTaskBodySchema.parse(body)).toMatchObject({
    task_type: 'port_scan',
    scan: { ports: '22', method: 'connect' },
    config: { max_retries: 3, priority: 5, pool: 'default' },
  });
  for (const extra of [{ status: 'COMPLETED' }, { task_id: 'x' }, { progress: {} }]) {
    expect(createTaskBodySchema.safeParse({ ...body, ...extra }).success).toBe(false);
  }
});

it('gives every quorum queue that takes work a delivery limit and a dead-letter exchange', () => {
  for (const queue of [QUEUES.stateUpdates, toJobQueue('default')]) {
    expect(queue.arguments).toMatchObject({
      'x-queue-type': 'quorum',
      'x-delivery-limit': expect.any(Number),
      'x-dead-letter-exchange': 'cs.dead-letters',
    });
  }
});
