import { countClosed, countOpen, NO_TOUCHED, type TouchedCounts } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { toProgress } from '../counters/progress';
import { type AuditFacts, findInconsistencies, toCorrection } from './findings';

const NOW = new Date('2026-01-01T00:00:00Z');
const counts = (some: Partial<TouchedCounts>): TouchedCounts => ({ ...NO_TOUCHED, ...some });

/** A running task with ten subtasks: six closed, two open, two untouched. */
function toFacts(rest: Partial<Omit<AuditFacts, 'task'>> = {}, task: Partial<AuditFacts['task']> = {}): AuditFacts {
  const touched = counts({ completed_count: 5, failed_count: 1, scanning_count: 2 });
  return {
    task: {
      task_id: 'a'.repeat(24),
      status: 'RUNNING',
      settled: false,
      rev: 2,
      progress: toProgress(10, touched, false),
      progress_seq: 12,
      cursor: 10,
      error_info: { error_count: 0, error_threshold: 10 },
      ...task,
    },
    total: 10,
    counted: touched,
    recounted: touched,
    pendingDocuments: 0,
    stranded: [],
    seq: 10,
    reopened: 0,
    hasUnsettledChunk: true,
    now: NOW,
    ...rest,
  };
}

const TASK_ID = 'a'.repeat(24);
const STRANDED = {
  task_id: TASK_ID,
  subtask_id: `${TASK_ID}-9`,
  ip: '127.0.0.9',
  status: 'PENDING',
  attempt: 1,
} as const;
const both = (some: Partial<TouchedCounts>) => ({ counted: counts(some), recounted: counts(some) });
const all = both({ completed_count: 10 });
const found = (facts: AuditFacts) => findInconsistencies(facts).map(({ finding }) => finding);

describe('findInconsistencies', () => {
  it.each<[string, AuditFacts, string[]]>([
    ['a running task', toFacts(), []],
    ['too many to recount', toFacts({ recounted: undefined }), []],
    ['a bucket that is off', toFacts({ counted: counts({ completed_count: 6, failed_count: 1 }) }), ['counter_drift']],
    ['a shard that is gone, with its seq', toFacts({ seq: 9 }), ['counter_drift']],
    [
      'not recounted, and below zero',
      toFacts({ recounted: undefined, counted: counts({ scanning_count: -1, completed_count: 3 }) }),
      ['counter_drift'],
    ],
    [
      'not recounted, and more than there are',
      toFacts({ recounted: undefined, counted: counts({ completed_count: 9, scanning_count: 2 }) }),
      ['counter_drift'],
    ],
    ['all closed', toFacts(all), ['task_not_ended']],
    ['all closed, and held from its end', toFacts(all, { end_hold: { retries: 1, until: new Date(+NOW + 1) } }), []],
    ['all closed by its subtasks alone', toFacts({ recounted: all.recounted }), ['counter_drift', 'task_not_ended']],
    ['too many failed', toFacts({}, { error_info: { error_count: 0, error_threshold: 0 } }), ['task_not_ended']],
    ['ended, with open subtasks', toFacts({}, { status: 'CANCELLED' }), []],
    [
      'ended and settled, with open subtasks',
      toFacts({}, { status: 'CANCELLED', settled: true }),
      ['open_in_ended_task'],
    ],
    ['ended and settled', toFacts(all, { status: 'COMPLETED', settled: true }), []],
    [
      'a task that shows less than is counted',
      toFacts({}, { progress_seq: 11, progress: toProgress(10, counts({ completed_count: 5 }), false) }),
      ['progress_lag'],
    ],
    [
      'sent out, untouched, and without an unsettled chunk',
      toFacts({ ...both({ completed_count: 9 }), hasUnsettledChunk: false }),
      ['missing_targets'],
    ],
    [
      'sent out, and PENDING with a document',
      toFacts({ ...both({ completed_count: 9 }), hasUnsettledChunk: false, pendingDocuments: 1, stranded: [STRANDED] }),
      ['stranded_subtasks'],
    ],
    ['open, and with nobody', toFacts({ stranded: [STRANDED] }), ['stranded_subtasks']],
    [
      'ended and settled, with a PENDING document',
      toFacts({ ...both({ completed_count: 9 }), pendingDocuments: 1 }, { status: 'COMPLETED', settled: true }),
      ['open_in_ended_task'],
    ],
    ['not all sent out', toFacts({ ...both({ completed_count: 9 }), hasUnsettledChunk: false }, { cursor: 9 }), []],
  ])('%s', (_name, facts, expected) => {
    expect(found(facts)).toEqual(expected);
  });

  it('says which counters are wrong; a state that every run passes through must last to be a finding', () => {
    const [drift, end] = findInconsistencies(toFacts({ recounted: all.recounted, seq: 7 }));
    expect(drift).toMatchObject({ lasting: false });
    expect(drift!.reason).toBe(
      'scanning_count 2, subtasks 0; completed_count 5, subtasks 10; failed_count 1, subtasks 0; seq 9, shown before 12',
    );
    expect(end).toMatchObject({
      lasting: true,
      mark: '9',
      reason: 'RUNNING, and should be COMPLETED: every subtask is closed',
    });
  });

  const touched = fc
    .tuple(...Object.keys(NO_TOUCHED).map(() => fc.nat(50)))
    .map(
      (values) =>
        Object.fromEntries(Object.keys(NO_TOUCHED).map((key, i) => [key, values[i]])) as never as TouchedCounts,
    );

  it('finds nothing in whatever is consistent', () => {
    const untouched = fc.nat(50);
    fc.assert(
      fc.property(touched, untouched, fc.nat(100), fc.nat(9), fc.boolean(), (counted, left, seq, rev, isCounted) => {
        const total = countOpen(counted) + countClosed(counted) + left;
        const isEnded = countClosed(counted) === total;
        const facts = toFacts(
          { counted, recounted: isCounted ? { ...counted } : undefined, total, seq, hasUnsettledChunk: left > 0 },
          {
            status: isEnded ? 'COMPLETED' : 'RUNNING',
            settled: isEnded,
            rev,
            progress_seq: seq + rev,
            cursor: total,
            error_info: { error_count: 0, error_threshold: total },
          },
        );
        expect(found(facts)).toEqual([]);
      }),
    );
  });

  it('finds any difference, and its correction makes the counters what the subtasks are, above all that was shown', () => {
    fc.assert(
      fc.property(touched, touched, fc.nat(100), fc.nat(200), (counted, recounted, seq, shown) => {
        const facts = toFacts({ counted, recounted, seq }, { progress_seq: shown });
        const isOff = JSON.stringify(counted) !== JSON.stringify(recounted) || seq + facts.task.rev < shown;
        expect(found(facts).includes('counter_drift')).toBe(isOff);
        const { seq: more, ...increments } = toCorrection(facts);
        for (const [field, by] of Object.entries(increments)) {
          counted[field.replace('counts.', '') as keyof TouchedCounts] += by;
        }
        expect(counted).toEqual(recounted);
        expect(seq + more! + facts.task.rev).toBeGreaterThan(Math.max(shown, seq + facts.task.rev));
      }),
    );
  });
});
