import { type SubTask, type SubTaskUpdate, subTaskSchema, taskConfigSchema } from '@cyberstroll/contracts';
import { isRestingSubTask, subTaskTable } from '@cyberstroll/state-machine';
import fc from 'fast-check';
import { decideSubTask } from './decide-subtask';
import type { IncomingUpdate } from './store';

const taskId = 'a'.repeat(24);
const config = taskConfigSchema.parse({ max_retries: 2 });
const now = new Date('2026-01-01T00:00:00Z');

const decide = (current: SubTask | undefined, updates: IncomingUpdate[], status: 'RUNNING' | 'CANCELLED' = 'RUNNING') =>
  decideSubTask({
    task: { task_id: taskId, status, config },
    index: 7,
    ip: '127.0.0.7',
    current,
    updates,
    now,
    random: () => 0.5,
  });

const from = (
  node: string,
  attempt: number,
  status: SubTaskUpdate['status'],
  rest: Partial<SubTaskUpdate> = {},
): IncomingUpdate => ({
  sender: { node_id: node },
  update: {
    task_id: taskId,
    subtask_id: `${taskId}-7`,
    attempt,
    lease_id: `lease-${node}-${attempt}`,
    status,
    ...rest,
  },
});
const failed = (node: string, attempt: number, error_code = 'INTERNAL_ERROR') =>
  from(node, attempt, 'FAILED', { error_info: { error_code, error_message: '' } });
const outcomes = (decision: ReturnType<typeof decide>) => decision.results.map((result) => result.outcome);

describe('decideSubTask', () => {
  it('moves forward only: what lags behind is a duplicate', () => {
    const decision = decide(undefined, [from('a', 1, 'COMPLETED'), from('a', 1, 'ASSIGNED'), from('a', 1, 'SCANNING')]);
    expect(outcomes(decision)).toEqual(['applied', 'duplicate', 'duplicate']);
    expect(decision.next?.status).toBe('COMPLETED');
  });

  it('fills in that a failed scan had started where its node tells so', () => {
    const told = (rest: Partial<SubTaskUpdate>) =>
      decide(undefined, [
        from('a', 1, 'FAILED', { error_info: { error_code: 'SCANNER_MISSING', error_message: '' }, ...rest }),
      ]);
    const statuses = ({ next }: ReturnType<typeof decide>) => next?.status_history.map((entry) => entry.status);
    expect(statuses(told({}))).toEqual(['ASSIGNED', 'FAILED']);
    const started_time = new Date(now.getTime() - 2_000).toISOString();
    const started = told({ started_time, completed_time: now.toISOString() });
    expect(statuses(started)).toEqual(['ASSIGNED', 'SCANNING', 'FAILED']);
    expect(started.next?.execution_duration).toBe(2);
  });

  it('rejects two ends of one attempt by the same node', () => {
    const { next } = decide(undefined, [from('a', 1, 'COMPLETED')]);
    expect(decide(next, [failed('a', 1)]).results).toMatchObject([
      { outcome: 'rejected', reason: 'illegal_transition' },
    ]);
  });

  it('calls a report stale, not illegal, that comes after somebody else ended the attempt', () => {
    const scanning = decide(undefined, [from('a', 1, 'SCANNING')]).next;
    const cancel: IncomingUpdate = { ...from('a', 1, 'CANCELLED'), sender: { operator: 'retry-scheduler' } };
    const cancelled = decide(scanning, [cancel], 'CANCELLED').next;
    expect(cancelled?.status).toBe('CANCELLED');
    expect(outcomes(decide(cancelled, [from('a', 1, 'COMPLETED')], 'CANCELLED'))).toEqual(['stale']);
  });

  it('keeps a claimed retry RETRYING until it starts, as the contract draws it', () => {
    const retrying = decide(undefined, [from('a', 1, 'ASSIGNED'), failed('a', 1)]).next;
    expect(retrying).toMatchObject({ status: 'RETRYING', attempt: 2, retry_count: 1 });
    expect(retrying).not.toHaveProperty('lease_id');
    expect(retrying).toMatchObject({ last_node: 'a' });
    const claimed = decide(retrying, [from('b', 2, 'ASSIGNED')]);
    expect(claimed.next).toMatchObject({ status: 'RETRYING', lease_id: 'lease-b-2', assigned_node: 'b' });
    expect(claimed.next).not.toHaveProperty('next_retry_time');
    expect(decide(claimed.next, [from('b', 2, 'SCANNING')]).steps).toEqual([{ status: 'SCANNING', attempt: 2 }]);
  });

  it('lets no node cancel or retry, and no service claim', () => {
    expect(decide(undefined, [from('a', 1, 'CANCELLED')]).results).toMatchObject([
      { outcome: 'rejected', reason: 'not_allowed' },
    ]);
    const retrying = decide(undefined, [failed('a', 1)]).next;
    const lost: IncomingUpdate = { ...failed('a', 2, 'NODE_LOST'), sender: { operator: 'heartbeat-monitor' } };
    expect(outcomes(decide(retrying, [lost]))).toEqual(['stale']);
  });

  it('lets nothing be at work that no node holds', () => {
    const unleased = (status: SubTaskUpdate['status'], sender: IncomingUpdate['sender']) => {
      const { update } = from('a', 1, status);
      delete update.lease_id;
      return { sender, update };
    };
    const noLease = { outcome: 'rejected', reason: 'no_lease', detail: expect.stringContaining('lease_id') };
    for (const status of ['ASSIGNED', 'SCANNING', 'COMPLETED'] as const) {
      expect(decide(undefined, [unleased(status, { node_id: 'a' })]).results).toEqual([noLease]);
    }
    for (const status of ['ASSIGNED', 'SCANNING'] as const) {
      expect(decide(undefined, [unleased(status, { operator: 'o' })]).results).toEqual([noLease]);
      expect(decide(undefined, [{ ...from('a', 1, status), sender: { operator: 'o' } }]).results).toEqual([noLease]);
    }
    const { next } = decide(undefined, [from('a', 1, 'ASSIGNED')]);
    expect(outcomes(decide(next, [{ ...from('a', 1, 'SCANNING'), sender: { operator: 'o' } }]))).toEqual(['applied']);
  });

  it('rests after max_retries, and an operator may still retry', () => {
    let subTask = decide(undefined, [failed('a', 1)]).next;
    subTask = decide(subTask, [failed('a', 2)]).next;
    subTask = decide(subTask, [failed('a', 3)]).next;
    expect(subTask).toMatchObject({ status: 'FAILED', retry_count: 2, attempt: 3 });
    const retry: IncomingUpdate = {
      sender: { operator: 'alice' },
      update: { ...from('x', 3, 'RETRYING').update, lease_id: undefined },
    };
    expect(decide(subTask, [retry]).next).toMatchObject({ status: 'RETRYING', attempt: 4 });
  });

  it('caps what a clock that is ahead tells, and takes the duration from the node’s own clock', () => {
    const ahead = { started_time: '2026-01-01T00:10:00Z', completed_time: '2026-01-01T00:10:02.5+00:00' };
    const { next } = decide(undefined, [from('a', 1, 'COMPLETED', ahead)]);
    expect(next).toMatchObject({ started_time: now, completed_time: now, execution_duration: 2.5 });
  });

  it('leaves a document that fits the contract', () => {
    const { next } = decide(undefined, [from('a', 1, 'SCANNING'), failed('a', 1), from('b', 2, 'COMPLETED')]);
    expect(() => subTaskSchema.strict().parse(next)).not.toThrow();
  });
});

const found = (port: number) => ({ scan_result: { open_ports: [port], services: [`${port}/tcp`], response_time: 1 } });

/** Everything that three attempts by three nodes report; the second attempt fails too, the third completes. */
const threeAttempts = (): IncomingUpdate[] => [
  from('a', 1, 'ASSIGNED'),
  from('a', 1, 'SCANNING'),
  failed('a', 1),
  from('b', 2, 'ASSIGNED'),
  from('b', 2, 'SCANNING'),
  failed('b', 2, 'SCAN_FAILED'),
  from('c', 3, 'ASSIGNED'),
  from('c', 3, 'SCANNING'),
  from('c', 3, 'COMPLETED', found(80)),
];

/** Applies in the order given, in batches; an attempt's updates are known only once the attempt was sent out. */
function run(updates: IncomingUpdate[], batch: number): SubTask {
  let subTask: SubTask | undefined;
  let waiting = updates;
  while (waiting.length > 0) {
    const sentOut = subTask?.attempt ?? 1;
    const known = waiting.filter(({ update }) => update.attempt <= sentOut).slice(0, batch);
    const decision = decide(subTask, known);
    subTask = decision.next ?? subTask;
    waiting = waiting.filter((incoming) => !known.includes(incoming));
  }
  return subTask!;
}

/** What must be the same in any order. A failure implies no start: where it is heard of first, the start is not in the history. */
function toOutcome({ status_history, started_time: _, execution_duration: __, ...rest }: SubTask) {
  const steps = status_history.map(({ status, attempt, operator, reason }) => ({ status, attempt, operator, reason }));
  const resting = steps.filter(({ status }) => isRestingSubTask(status) || status === 'RETRYING');
  return { ...rest, resting, last: steps.at(-1) };
}

it('ends as in order, by any shuffle, repetition and delay of three attempts’ updates', () => {
  const inOrder = run(threeAttempts(), 1);
  const all = fc.tuple(
    ...threeAttempts().map((one) => fc.integer({ min: 1, max: 5 }).map((times) => ({ one, times }))),
  );
  const torn = all.chain((parts) => {
    const repeated = parts.flatMap(({ one, times }) => Array.from({ length: times }, () => structuredClone(one)));
    return fc.shuffledSubarray(repeated, { minLength: repeated.length });
  });
  fc.assert(
    fc.property(torn, fc.integer({ min: 1, max: 45 }), (updates, batch) => {
      const subTask = run(updates, batch);
      expect(toOutcome(subTask)).toEqual(toOutcome(inOrder));
      let at = subTaskTable.initial;
      for (const { status } of subTask.status_history) {
        expect(subTaskTable.allowedStatuses(at)).toContain(status);
        at = status;
      }
    }),
  );
  expect(inOrder).toMatchObject({
    status: 'COMPLETED',
    attempt: 3,
    retry_count: 2,
    lease_id: 'lease-c-3',
    ...found(80),
  });
});
