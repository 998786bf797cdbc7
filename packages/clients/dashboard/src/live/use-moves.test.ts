import { findMoving, toMoves } from './use-moves';

const NONE = {
  retries_total: 0,
  total_targets: 9,
  pending_count: 9,
  assigned_count: 0,
  scanning_count: 0,
  retry_count: 0,
};
const ENDED = { failed_count: 0, timeout_count: 0, cancelled_count: 0, progress_percentage: 0 };
const task = (task_id: string, completed_count: number) => ({
  task_id,
  progress: { ...NONE, ...ENDED, completed_count },
});

it('a task moves for 15 s after it came on the page, and after each address that it closes', () => {
  let moves = toMoves(new Map(), [task('quick', 1), task('stuck', 1)], 0);
  expect([...findMoving(moves, 14_999)]).toEqual(['quick', 'stuck']);
  moves = toMoves(moves, [task('quick', 2), task('stuck', 1)], 14_999);
  expect([...findMoving(moves, 15_000)]).toEqual(['quick']);
  expect([...findMoving(moves, 29_999)]).toEqual([]);
});

it('forgets a task that has left the page', () => {
  const moves = toMoves(new Map(), [task('quick', 1)], 0);
  expect(toMoves(moves, [], 1).size).toBe(0);
});
