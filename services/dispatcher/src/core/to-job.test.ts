import { jobSchema } from '@cyberstroll/contracts';
import { toIndexes, toJob } from './to-job';

const TASK_ID = 'a'.repeat(24);
const task = { task_id: TASK_ID, scan: { ports: '22', method: 'connect' as const }, config: { subtask_timeout: 30 } };

describe('toJob', () => {
  it('carries the addresses of the indexes as first attempts', () => {
    const job = toJob(
      { ...task, exclude_target: '127.0.0.9' },
      toIndexes({ first_index: 5, count: 2 }),
      (i) => `127.0.0.${i}`,
    );
    expect(jobSchema.parse(job)).toEqual({
      task_id: TASK_ID,
      scan: task.scan,
      subtask_timeout: 30,
      exclude_target: '127.0.0.9',
      subtasks: [
        { subtask_id: `${TASK_ID}-5`, ip: '127.0.0.5', attempt: 1 },
        { subtask_id: `${TASK_ID}-6`, ip: '127.0.0.6', attempt: 1 },
      ],
    });
  });

  it('says nothing of exclusions where there are none', () => {
    expect(toJob(task, [0], () => '127.0.0.1')).not.toHaveProperty('exclude_target');
  });
});
