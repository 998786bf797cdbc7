import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { toProgress } from '@cyberstroll/task-state';
import { createAllTasksFeed } from './all-tasks-feed';

const snapshot = (task_id: string, seq: number, { rev = 0, status = 'RUNNING' } = {}): ProgressSnapshot => ({
  task_id,
  seq,
  rev,
  status: status as ProgressSnapshot['status'],
  timestamp: '2026-01-01T00:00:00.000Z',
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
});
const toShort = (snapshots: ProgressSnapshot[]) => snapshots.map(({ task_id, seq }) => `${task_id}${seq}`);

it('sends the newest snapshot of each task once, and none that is older', () => {
  const feed = createAllTasksFeed(10);
  expect([feed.offer(snapshot('a', 1)), feed.offer(snapshot('b', 5)), feed.offer(snapshot('a', 2))]).toEqual([
    true,
    true,
    true,
  ]);
  expect(toShort(feed.take())).toEqual(['a2', 'b5']);
  expect([feed.offer(snapshot('a', 2)), feed.offer(snapshot('b', 4))]).toEqual([false, false]);
  expect(feed.take()).toEqual([]);
});

it('lists the open tasks, the newest first; an end is still sent', () => {
  const feed = createAllTasksFeed(10);
  for (const id of ['a', 'b', 'c']) feed.offer(snapshot(id, 1));
  feed.take();
  feed.offer(snapshot('a', 2));
  feed.offer(snapshot('b', 2, { status: 'COMPLETED' }));
  expect(toShort(feed.listOpen())).toEqual(['c1', 'a2']);
  expect(toShort(feed.listOpen(1))).toEqual(['c1']);
  expect(toShort(feed.take())).toEqual(['a2', 'b2']);
  expect(feed.offer(snapshot('b', 2, { status: 'COMPLETED' }))).toBe(false);
});

it('a mark is news if its task has changed unseen', () => {
  const feed = createAllTasksFeed(10);
  const mark = (rev: number, progress_seq: number) => ({ task_id: 'a', rev, progress_seq });
  expect(feed.isNews(mark(1, 5))).toBe(true);
  feed.note(mark(1, 5));
  expect([mark(1, 5), mark(2, 5), mark(1, 6)].map(feed.isNews)).toEqual([false, true, true]);
  // The same state is not known yet, only that it is unchanged.
  expect(feed.offer(snapshot('a', 5, { rev: 1 }))).toBe(true);
  expect(feed.offer(snapshot('a', 5, { rev: 1 }))).toBe(false);
  // The roll-up of a snapshot that Redis brought.
  feed.offer(snapshot('a', 9, { rev: 2 }));
  expect(feed.isNews(mark(2, 9))).toBe(false);
  feed.forget('a');
  expect([feed.isNews(mark(2, 9)), feed.take(), feed.listOpen()]).toEqual([true, [], []]);
});

it('remembers no more tasks than its limit', () => {
  const feed = createAllTasksFeed(2);
  for (const id of ['a', 'b', 'c']) feed.offer(snapshot(id, 1));
  expect(toShort(feed.listOpen())).toEqual(['c1', 'b1']);
  expect(feed.isNews({ task_id: 'a', rev: 0, progress_seq: 0 })).toBe(true);
});
