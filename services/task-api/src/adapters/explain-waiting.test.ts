import type { Covers, Task } from '@cyberstroll/contracts';
import { createWaitingExplainer } from './explain-waiting';

/** A store that counts who reads the use of all limits. */
function setup(covers: Covers) {
  const findOverAll = jest.fn(async () => []);
  const store = {
    waiting: {
      findFleet: async () => [],
      countTasksByPool: async () => new Map(),
      findNextRetries: async () => new Map(),
    },
    limits: { findAll: async () => [{ limit_id: 'a', covers }], findOverAll },
  };
  const broker = { isConnected: () => true, isBlocked: () => false };
  return { findOverAll, ...createWaitingExplainer({ store, broker } as never) };
}

const toTask = (change: Partial<Task> = {}) => {
  const config = { pool: 'default' };
  const progress = { total_targets: 1, pending_count: 1, assigned_count: 0, scanning_count: 0, retry_count: 0 };
  const fields = { task_id: 't', status: 'QUEUED', labels: [], cursor: 0, scan: {}, status_history: [] };
  return { task: { ...fields, config, progress, created_time: new Date(), ...change } as never };
};

it.each<[string, number, Covers, Partial<Task>]>([
  ['does not read the use of limits for a task that was just created', 0, { all: true }, { status: 'CREATED' }],
  ['does not read it for a task that no limit covers', 0, { label: 'other' }, {}],
  ['reads it once for all that ask about covered tasks', 1, { label: 'own' }, { labels: ['own'] }],
  ['reads it where the ranges of the task are not given', 1, { network: '127.0.0.0/8' }, {}],
])('%s', async (_name, reads, covers, change) => {
  const { explainTasks, findOverAll } = setup(covers);
  await Promise.all([explainTasks([toTask(change)]), explainTasks([toTask(change)])]);
  await explainTasks([toTask(change)]);
  expect(findOverAll).toHaveBeenCalledTimes(reads);
});
