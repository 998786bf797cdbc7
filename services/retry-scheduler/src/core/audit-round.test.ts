import {
  type AuditRound,
  type AuditStep,
  BEFORE_FIRST_ROUND,
  isRoundDue,
  startRound,
  takeStep,
  toPauseEnd,
  withPage,
  withSearchedUntil,
  withTaskLater,
} from './audit-round';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const start = (taskIds: readonly string[], next?: string) => startRound({ taskIds, next }, NOW, 60_000);
const stepOf = (round: AuditRound) => takeStep(round).step;

it('the first round is due at once, the next one after the interval and not during a round', () => {
  expect(isRoundDue(BEFORE_FIRST_ROUND, NOW)).toBe(true);
  const round = start([]);
  expect(isRoundDue(round, at(999))).toBe(false);
  const over = withSearchedUntil(round, undefined);
  expect([at(59.999), at(60)].map((time) => isRoundDue(over, time))).toEqual([false, true]);
});

it('a round audits the tasks of each page, then searches for orphans, then is over', () => {
  const first = takeStep(start(['a', 'b'], 'b'));
  expect(first.step).toEqual({ kind: 'task', taskId: 'b' });
  const second = takeStep(first.round);
  expect(second.step).toEqual({ kind: 'task', taskId: 'a' });
  expect(stepOf(second.round)).toEqual({ kind: 'page', after: 'b' });
  const lastPage = withPage(second.round, { taskIds: [] });
  expect(stepOf(lastPage)).toEqual({ kind: 'orphans', after: undefined });
  expect(stepOf(withSearchedUntil(lastPage, 'x'))).toEqual({ kind: 'orphans', after: 'x' });
  expect(stepOf(withSearchedUntil(lastPage, undefined))).toBeUndefined();
});

it('a page that could not be read is read again', () => {
  const { round } = takeStep(start([], 'b'));
  expect(stepOf(round)).toEqual({ kind: 'page', after: 'b' });
});

it('a task that is not done comes after the other tasks of its page', () => {
  const { round } = takeStep(start(['a', 'b']));
  expect(withTaskLater(round, 'b').taskIds).toEqual(['b', 'a']);
});

it.each([[[[]]], [[['a']]], [[['a', 'b', 'c'], []]], [[[], ['a'], [], ['b', 'c'], ['d']]]])(
  'over the pages %j a round audits each task once and ends',
  (pages: string[][]) => {
    const next = (i: number) => (i + 1 < pages.length ? String(i + 1) : undefined);
    let round = start(pages[0]!, next(0));
    const audited: string[] = [];
    for (let step: AuditStep | undefined; ; ) {
      ({ step, round } = takeStep(round));
      if (!step) break;
      if (step.kind === 'task') audited.push(step.taskId);
      else if (step.kind === 'orphans') round = withSearchedUntil(round, undefined);
      else round = withPage(round, { taskIds: pages[Number(step.after)]!, next: next(Number(step.after)) });
    }
    expect(audited.sort()).toEqual(pages.flat());
  },
);

it('after a pass the audit pauses for a multiple of the time that the pass took', () => {
  expect(toPauseEnd(1_000, 1_500, 5)).toBe(4_000);
  expect(toPauseEnd(1_000, 1_500, 0)).toBe(1_500);
});
