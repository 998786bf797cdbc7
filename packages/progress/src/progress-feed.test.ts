import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { toProgress } from '@cyberstroll/task-state';
import { createProgressFeed } from './progress-feed';

const snapshot = (seq: number): ProgressSnapshot => ({
  task_id: 'a'.repeat(24),
  status: 'RUNNING',
  seq,
  timestamp: '2026-01-01T00:00:00.000Z',
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
});

describe('createProgressFeed', () => {
  it('sends the first snapshot at once and the next after the interval', () => {
    const feed = createProgressFeed(() => 50);
    expect(feed.waitMs(0)).toBeUndefined();
    expect(feed.offer(snapshot(1))).toBe(true);
    expect(feed.take(0)?.seq).toBe(1);
    feed.offer(snapshot(2));
    expect(feed.waitMs(10)).toBe(40);
    expect(feed.take(10)).toBeUndefined();
    expect(feed.take(50)?.seq).toBe(2);
    expect(feed.waitMs(50)).toBeUndefined();
  });

  it('sends the latest of many, and always the last one', () => {
    const feed = createProgressFeed(() => 50);
    const sent: number[] = [];
    for (let now = 0; now < 1_000; now++) {
      if (now < 900) feed.offer(snapshot(now));
      const frame = feed.take(now);
      if (frame) sent.push(frame.seq);
    }
    expect(sent).toHaveLength(19);
    expect(sent.at(-1)).toBe(899);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
  });

  it('accepts no snapshot that is not newer', () => {
    const feed = createProgressFeed(() => 50);
    feed.offer(snapshot(5));
    feed.take(0);
    for (const seq of [5, 4, 0]) expect(feed.offer(snapshot(seq))).toBe(false);
    expect(feed.take(100)).toBeUndefined();
    expect(feed.latest()?.seq).toBe(5);
  });
});
