import { jobSchema, toJob } from './job';

const TASK_ID = 'a'.repeat(24);
const task = { task_id: TASK_ID, scan: { ports: '22', method: 'connect' as const }, config: { subtask_timeout: 30 } };
const subtasks = [{ subtask_id: `${TASK_ID}-5`, ip: '127.0.0.5', attempt: 2 }];

it('has all that a node needs', () => {
  const job = toJob({ ...task, exclude_target: '127.0.0.9' }, subtasks, 'node-1');
  expect(jobSchema.parse(job)).toEqual({
    contract: 1,
    task_id: TASK_ID,
    scan: task.scan,
    subtask_timeout: 30,
    exclude_target: '127.0.0.9',
    avoid_node: 'node-1',
    subtasks,
  });
});

it('has no exclusions and no node to avoid if the task has none', () => {
  expect(Object.keys(toJob(task, subtasks))).toEqual(['contract', 'task_id', 'scan', 'subtask_timeout', 'subtasks']);
});
