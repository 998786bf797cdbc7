import { type SubTask, type SubTaskUpdate, subTaskSchema, taskConfigSchema } from '@cyberstroll/contracts';
import { isClosedSubTask, subTaskTable } from '@cyberstroll/state-machine';
import fc from 'fast-check';
import { decideSubTask, type SubTaskCase } from './decide-subtask';
import type { IncomingUpdate } from './incoming-update';

const taskId = 'a'.repeat(24);
const config = taskConfigSchema.parse({ max_retries: 2 });
const now = new Date('2026-01-01T00:00:00Z');
const sent = new Date(now.getTime() - 60_000);

const decide = (
  current: SubTask | undefined,
  updates: IncomingUpdate[],
  status: 'RUNNING' | 'CANCELLED' = 'RUNNING',
  rest: Partial<SubTaskCase> = {},
) =>
  decideSubTask({
    task: { task_id: taskId, status, config },
    index: 7,
    ip: '127.0.0.7',
    current,
    sent,
    updates,
    now,
    random: () => 0.5,
    ...rest,
  });

/** Its `_id` is the store's. */
function parseStrictly(subTask: (SubTask & { _id?: unknown }) | undefined) {
  const { _id, ...fields } = subTask!;
  return subTaskSchema.strict().parse(fields);
}

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
  it('shows a scan of a subtask that was cancelled before a node had it, and counts nothing of it', () => {
    const cancel: IncomingUpdate = {
      sender: { operator: 'retry-scheduler' },
      update: { task_id: taskId, subtask_id: `${taskId}-7`, attempt: 1, status: 'CANCELLED', reason: 'excluded' },
    };
    const cancelled = decide(undefined, [cancel]).next!;
    const started_time = new Date(now.getTime() - 2_000).toISOString();
    const late = decide(cancelled, [from('a', 1, 'ASSIGNED'), from('a', 1, 'SCANNING', { started_time })]);
    expect(outcomes(late)).toEqual(['duplicate', 'duplicate']);
    expect(late.transitions).toEqual([]);
    const shown = { ...cancelled, scanned_late: { node_id: 'a', started_time: new Date(started_time) } };
    expect(parseStrictly(late.next)).toEqual(parseStrictly(shown));
    // Once, and of this attempt alone.
    const end = from('a', 1, 'COMPLETED', { started_time });
    expect(decide(late.next, [end]).next).toBeUndefined();
    expect(decide(cancelled, [from('a', 0, 'SCANNING', { started_time })]).next).toBeUndefined();
    // A scan that was known before it was cancelled is no such one.
    const leased: IncomingUpdate = { ...cancel, update: { ...cancel.update, lease_id: 'lease-a-1' } };
    const known = decide(undefined, [from('a', 1, 'SCANNING', { started_time }), leased]).next;
    expect(known?.status).toBe('CANCELLED');
    expect(decide(known, [from('a', 1, 'COMPLETED', { started_time })]).next).toBeUndefined();
  });

  it('gives a subtask a deadline while a node holds it, and none before or after', () => {
    const deadlineAfter = (current: SubTask | undefined, ...updates: IncomingUpdate[]) =>
      decide(current, updates).next?.deadline;
    const held = new Date(now.getTime() + config.subtask_timeout * 1_000 + 5_000);
    const assigned = decide(undefined, [from('a', 1, 'ASSIGNED')]).next;
    expect(assigned?.deadline).toEqual(held);
    expect(deadlineAfter(assigned, from('a', 1, 'SCANNING'))).toEqual(held);
    expect(deadlineAfter(assigned, from('a', 1, 'COMPLETED'))).toBeUndefined();
    expect(deadlineAfter(undefined, from('a', 1, 'COMPLETED'))).toBeUndefined();
    expect(deadlineAfter(assigned, failed('a', 1))).toBeUndefined();
    const retrying = decide(assigned, [failed('a', 1)]).next;
    expect(deadlineAfter(retrying, from('b', 2, 'ASSIGNED'))).toEqual(held);
    expect(deadlineAfter(assigned, failed('a', 1), from('b', 2, 'ASSIGNED'))).toEqual(held);
  });

  it('is born when its job was sent, and counts a retry’s times from the retry on', () => {
    const long = { started_time: new Date(sent.getTime() - 1).toISOString(), completed_time: now.toISOString() };
    const first = decide(undefined, [from('a', 1, 'COMPLETED', long)]);
    expect(first.next).toMatchObject({ created_time: sent, started_time: sent, execution_duration: 60 });
    const retrying = decide(undefined, [failed('a', 1)]).next;
    const { next } = decide(retrying, [from('b', 2, 'COMPLETED', long)]);
    expect(next).toMatchObject({ created_time: sent, started_time: now, completed_time: now, execution_duration: 0 });
  });

  it('hands back for free three times, then at the cost of a retry; an operator’s retry resets the count', () => {
    let subTask: SubTask | undefined;
    for (let attempt = 1; attempt <= 6; attempt++)
      subTask = decide(subTask, [failed('a', attempt, 'NODE_DRAINING')]).next;
    expect(subTask).toMatchObject({ status: 'FAILED', attempt: 6, retry_count: 2, hand_backs: 6 });
    const retry = {
      sender: { operator: 'alice' },
      update: { ...from('x', 6, 'RETRYING').update, lease_id: undefined },
    };
    subTask = decide(decide(subTask, [retry]).next, [failed('a', 7, 'NODE_DRAINING')]).next;
    expect(subTask).toMatchObject({ status: 'RETRYING', attempt: 8, hand_backs: 1 });
  });

  it('keeps a history that ends its growth: the first and last entries, and how many were folded between', () => {
    const task = { task_id: taskId, status: 'RUNNING' as const, config: taskConfigSchema.parse({ max_retries: 100 }) };
    let subTask: SubTask | undefined;
    for (let attempt = 1; attempt <= 80; attempt++) {
      subTask = decide(subTask, [failed('a', attempt)], 'RUNNING', { task }).next;
    }
    const history = subTask!.status_history;
    expect(history).toHaveLength(100);
    expect(history.slice(0, 2)).toMatchObject([{ status: 'ASSIGNED', attempt: 1 }, { status: 'FAILED' }]);
    expect(history.at(-1)).toMatchObject({ status: 'RETRYING', attempt: 81 });
    const folded = history.filter((entry) => entry.folded !== undefined);
    expect(folded).toHaveLength(1);
    // Three of each attempt: it was taken or started, it failed, it is retried.
    expect(history.length - 1 + folded[0]!.folded!).toBe(240);
    expect(() => parseStrictly(subTask)).not.toThrow();
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

/**
 * The part that must be the same in any order. A failure does not imply a start: if the failure arrives first, the
 * start is not in the history.
 */
function toOutcome({ status_history, started_time: _, execution_duration: __, ...rest }: SubTask) {
  const steps = status_history.map(({ status, attempt, operator, reason }) => ({ status, attempt, operator, reason }));
  const closed = steps.filter(({ status }) => isClosedSubTask(status) || status === 'RETRYING');
  return { ...rest, closed, last: steps.at(-1) };
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
