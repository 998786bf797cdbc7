import type { Bench } from '../bench/bench';
import { findFaults } from './envelope-faults';

const TASK = 'a'.repeat(24);
const subtask = { subtask_id: `${TASK}-0`, ip: '127.0.0.1', attempt: 1 };
const job = Buffer.from(JSON.stringify({ task_id: TASK, subtasks: [subtask] }));
const bench = { nodeId: 'n', tap: { deliveries: [{ body: job }] } } as unknown as Bench;
const update = { ...subtask, task_id: TASK, lease_id: 'l', status: 'ASSIGNED' };
const find = (fields: object, ...updates: object[]) =>
  findFaults(
    bench,
    Buffer.from(JSON.stringify({ node_id: 'n', sent_time: '2026-01-01T12:00:00Z', updates, ...fields })),
  );

it('a valid envelope has no fault', () => {
  expect(find({}, update)).toBeUndefined();
});

it('names each fault of an envelope and of its updates, and each once', () => {
  const local = '2026-01-01T12:00:00';
  const late = { ...update, assigned_time: local, started_time: local };
  const faults = find({ sent_time: local }, late, late, { ...update, attempt: 2 }, { ...update, lease_id: undefined });
  expect(faults!.split('; ')).toEqual([
    expect.stringMatching(/^sent_time: /),
    expect.stringMatching(/^assigned_time: /),
    expect.stringMatching(/^started_time: /),
    `${TASK}-0, attempt 2: no job has it`,
    'lease_id is missing',
  ]);
});
