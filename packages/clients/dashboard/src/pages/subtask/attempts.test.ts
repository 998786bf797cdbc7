import type { SubTask } from '@cyberstroll/client';
import { toAttempts } from './attempts';

const at = (second: number) => new Date(second * 1_000).toISOString();
const entry = (attempt: number, status: string, second: number, more = {}) => ({
  attempt,
  status,
  timestamp: at(second),
  operator: 'node-a',
  ...more,
});

it('a history becomes attempts: who scanned, from when to when, and how it ended', () => {
  const attempts = toAttempts({
    attempt: 2,
    assigned_node: 'node-b',
    status_history: [
      entry(1, 'ASSIGNED', 1),
      entry(1, 'SCANNING', 2),
      entry(1, 'FAILED', 7, { reason: 'HOST_UNREACHABLE' }),
      entry(2, 'RETRYING', 8, { reason: 'after HOST_UNREACHABLE' }),
      entry(2, 'SCANNING', 20, { operator: 'node-b' }),
    ],
  } as unknown as SubTask);
  expect(attempts).toMatchObject([
    { number: 2, status: 'SCANNING', node: 'node-b', started: at(20), ended: undefined, seconds: undefined },
    { number: 1, status: 'FAILED', node: 'node-a', started: at(2), ended: at(7), seconds: 5 },
  ]);
});

it('a folded entry counts for those that it stands for, and an untouched subtask has no attempt', () => {
  const history = [entry(3, 'FAILED', 9, { folded: 40, since: at(1) }), entry(3, 'RETRYING', 9)];
  expect(toAttempts({ attempt: 3, status_history: history } as unknown as SubTask)).toMatchObject([{ folded: 40 }]);
  expect(toAttempts({ attempt: 0, status_history: [] } as unknown as SubTask)).toEqual([]);
});
