import {
  BUCKET_OF_STATUS,
  NO_TOUCHED,
  type SubTask,
  type SubTaskUpdate,
  taskConfigSchema,
} from '@cyberstroll/contracts';
import { isClosedSubTask, type SubTaskStatus, subTaskTable } from '@cyberstroll/state-machine';
import fc from 'fast-check';
import { addSubTaskChange, noDelta } from '../counters/delta';
import { decideSubTask } from './decide-subtask';
import type { IncomingUpdate, UpdateResult } from './incoming-update';

const taskId = 'a'.repeat(24);
const task = { task_id: taskId, status: 'RUNNING' as const, config: taskConfigSchema.parse({ max_retries: 2 }) };
const now = new Date('2026-01-01T00:00:00Z');
const sent = new Date(now.getTime() - 60_000);
const given = { task, index: 7, ip: '127.0.0.7', sent, now, random: () => 0.5 };

type Reported = SubTaskUpdate['status'];

/** How far within an attempt. */
const RANK: Record<SubTaskStatus, number> = {
  PENDING: 0,
  RETRYING: 0,
  ASSIGNED: 1,
  SCANNING: 2,
  COMPLETED: 3,
  FAILED: 3,
  TIMEOUT: 3,
  CANCELLED: 3,
};

const update = (attempt: number, node: string | undefined, status: Reported, error_code?: string): SubTaskUpdate => ({
  task_id: taskId,
  subtask_id: `${taskId}-7`,
  attempt,
  ...(node !== undefined && { lease_id: `lease of ${node}` }),
  status,
  ...(error_code !== undefined && { error_info: { error_code, error_message: '' } }),
});

const anyAttempt = fc.integer({ min: 1, max: 4 });
const anyNode = fc.constantFrom('a', 'b');
/**
 * Nodes report anything, late and early, and under each other's attempts. Services report about any claim that they
 * once read.
 */
const anyUpdate: fc.Arbitrary<IncomingUpdate> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        attempt: anyAttempt,
        node: anyNode,
        status: fc.constantFrom<Reported>('ASSIGNED', 'SCANNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'),
        code: fc.constantFrom('INTERNAL_ERROR', 'OUT_OF_SCOPE'),
      })
      .map(({ attempt, node, status, code }) => ({
        sender: { node_id: node },
        update: update(attempt, node, status, status === 'FAILED' ? code : undefined),
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        attempt: anyAttempt,
        node: fc.option(anyNode, { nil: undefined }),
        what: fc.constantFrom<[Reported, string?]>(['FAILED', 'NODE_LOST'], ['TIMEOUT'], ['CANCELLED'], ['RETRYING']),
      })
      .map(({ attempt, node, what: [status, code] }) => ({
        sender: { operator: 'service' },
        update: update(attempt, node, status, code),
      })),
  },
);

/** What may be said of any subtask after any update, from the one before and the history alone. */
function check(
  before: SubTask | undefined,
  incoming: IncomingUpdate,
  result: UpdateResult,
  after: SubTask | undefined,
) {
  const { attempt, lease_id, status } = incoming.update;
  const attemptBefore = before?.attempt ?? 1;
  const statusBefore = before?.status ?? 'PENDING';
  if (result.outcome !== 'applied') {
    expect(after).toEqual(before);
    // A report of the holder about its own attempt is never refused if it is new.
    const isHolder = before?.lease_id !== undefined && lease_id === before.lease_id && attempt === attemptBefore;
    const isNews = status !== 'RETRYING' && RANK[status] > RANK[statusBefore];
    const isRetryClaim = statusBefore === 'RETRYING' && status === 'ASSIGNED';
    const mayReport = incoming.sender.operator !== undefined || status !== 'CANCELLED';
    if (isHolder && isNews && mayReport && !isRetryClaim) throw new Error(`refused its holder's ${status}`);
    const isLate = (status === 'ASSIGNED' || status === 'SCANNING') && RANK[status] <= RANK[statusBefore];
    if (isHolder && isLate) expect(result.outcome).toBe('duplicate');
    return;
  }
  expect(attempt).toBe(attemptBefore);
  if (before?.lease_id !== undefined && status !== 'RETRYING') expect(lease_id).toBe(before.lease_id);
  const known = before?.status_history ?? [];
  expect(after!.status_history.slice(0, known.length)).toEqual(known);
  let at = { status: statusBefore, attempt: attemptBefore };
  for (const entry of after!.status_history.slice(known.length)) {
    expect(subTaskTable.allowedStatuses(at.status)).toContain(entry.status);
    if (entry.status === 'RETRYING') expect(entry.attempt).toBe(at.attempt + 1);
    else expect([entry.attempt, RANK[entry.status] > RANK[at.status]]).toEqual([at.attempt, true]);
    at = entry;
  }
  expect(at).toMatchObject({ status: after!.status, attempt: after!.attempt });
}

const decide = (current: SubTask | undefined, updates: readonly IncomingUpdate[]) => {
  const { next, ...decision } = decideSubTask({ ...given, current, updates });
  return { ...decision, after: next ?? current };
};

/** One by one: each result, and the document after each. */
function walk(updates: readonly IncomingUpdate[], from?: SubTask) {
  let after = from;
  return updates.map((incoming) => {
    const decision = decide(after, [incoming]);
    const before = after;
    after = decision.after;
    return { incoming, before, result: decision.results[0]!, after, decision };
  });
}

it('keeps the fence, the machine and the counters, whatever nodes and services say in whatever order', () => {
  const seen = new Set<string>();
  fc.assert(
    // Long enough to get everywhere: short ones alone, as by default, missed a place once in a hundred times.
    fc.property(fc.array(anyUpdate, { maxLength: 30, size: 'max' }), (updates) => {
      const delta = noDelta();
      const steps = walk(updates);
      for (const { incoming, before, result, after, decision } of steps) {
        check(before, incoming, result, after);
        if (after && after !== before) addSubTaskChange(delta, before, after, decision);
        seen.add(`${result.outcome} at ${after?.status} ${after?.attempt}`);
      }
      const subTask = steps.at(-1)?.after;
      const history = subTask?.status_history ?? [];
      const closings = history.filter(({ status }) => isClosedSubTask(status)).map(({ attempt }) => attempt);
      expect(closings).toEqual([...new Set(closings)]);
      expect(delta.counts).toEqual({ ...NO_TOUCHED, ...(subTask && { [BUCKET_OF_STATUS[subTask.status]]: 1 }) });
      expect(delta.stats.errors).toBe(history.filter(({ status }) => ['FAILED', 'TIMEOUT'].includes(status)).length);
    }),
    { numRuns: 500 },
  );
  // It has been everywhere, or it would show little.
  const everywhere = [
    'applied at COMPLETED 1',
    'applied at RETRYING 3',
    'stale at SCANNING 2',
    'duplicate at SCANNING 1',
  ];
  expect([...seen]).toEqual(expect.arrayContaining(everywhere));
});

it('decides a batch as its updates one by one, and changes nothing when the batch comes again', () => {
  fc.assert(
    fc.property(fc.array(anyUpdate, { minLength: 1, maxLength: 20 }), fc.nat(), (updates, seed) => {
      const steps = walk(updates);
      const subTask = steps.at(-1)!.after;
      const batch = decide(undefined, updates);
      expect(batch.results).toEqual(steps.map(({ result }) => result));
      expect(batch.after).toEqual(subTask);

      const taken = steps.filter(({ result }) => result.outcome === 'applied').map(({ incoming }) => incoming);
      const turned = taken.map((_, i) => taken[(i + seed) % taken.length]!);
      expect(decide(subTask, [...turned, ...taken.reverse()]).after).toBe(subTask);
    }),
    { numRuns: 300 },
  );
});
