import { findZombies, type Missing } from './find-zombies';

const START = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const GRACE = { graceMs: 20_000, appliedUntil: at(60) };
const claim = { subtask_id: 's1', lease_id: 'l1', assigned_instance: 'one' };

/**
 * Checks every 5 s a heartbeat of one second before, which lists `listedAt(second)`. Returns when the zombie was found.
 */
function watch(
  listedAt: (second: number) => string[],
  held: Parameters<typeof findZombies>[1] = [claim],
  beats: (second: number) => number = (s) => s - 1,
  appliedUntil: (second: number) => number = (s) => s,
) {
  let missing: Missing = new Map();
  for (let second = 5; second <= 60; second += 5) {
    const current_tasks = listedAt(beats(second)).map((subtask_id) => ({
      subtask_id,
      status: 'scanning',
      progress: 0,
    }));
    const node = { node_id: 'n', instance_id: 'one', last_seen: at(beats(second)), current_tasks };
    const found = findZombies(node, held, missing, { ...GRACE, appliedUntil: at(appliedUntil(second)) }, at(second));
    if (found.zombies.length > 0) return second;
    missing = found.missing;
  }
  return undefined;
}

describe('findZombies', () => {
  it.each<[string, number | undefined, number | undefined]>([
    ['a listed subtask', watch(() => ['s1']), undefined],
    ['a subtask that was never listed', watch(() => []), 30],
    ['a subtask that was listed until the tenth second', watch((s) => (s < 10 ? ['s1'] : [])), 40],
    ['a subtask that is listed now and then', watch((s) => (s % 20 === 14 ? ['s1'] : [])), undefined],
    ['a claim that names no process', watch(() => [], [{ subtask_id: 's1', lease_id: 'l1' }]), 30],
    ['a claim of another process of the node', watch(() => [], [{ ...claim, assigned_instance: 'two' }]), undefined],
    [
      'a claim of a node that has been silent since',
      watch(
        () => [],
        [claim],
        () => 4,
      ),
      undefined,
    ],
    [
      'a subtask whose report may wait until second 50, since no update is applied',
      watch(
        () => [],
        [claim],
        (s) => s - 1,
        (s) => (s < 50 ? 4 : s),
      ),
      50,
    ],
    ['any claim of a node with a full list', watch(() => Array.from({ length: 10_000 }, (_, i) => `x${i}`)), undefined],
  ])('%s', (_, second, expected) => {
    expect(second).toBe(expected);
  });

  it('starts again when the subtask is held under another lease', () => {
    const node = { node_id: 'n', instance_id: 'one', last_seen: at(60), current_tasks: [] };
    const before = new Map([['s1 former', at(0)]]);
    expect(findZombies(node, [claim], before, GRACE, at(61))).toEqual({
      missing: new Map([['s1 l1', at(61)]]),
      zombies: [],
    });
  });
});
