import { findZombies, type Missing } from './find-zombies';

const START = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const GRACE = { graceMs: 20_000 };
const claim = { subtask_id: 's1', lease_id: 'l1', assigned_instance: 'one' };

/** Looks every 5 s, each at a heartbeat of a second before, which lists `subtask_id`s by `listedAt`; when it was forgotten. */
function watch(
  listedAt: (second: number) => string[],
  held: Parameters<typeof findZombies>[1] = [claim],
  beats: (second: number) => number = (s) => s - 1,
) {
  let missing: Missing = new Map();
  for (let second = 5; second <= 60; second += 5) {
    const current_tasks = listedAt(beats(second)).map((subtask_id) => ({
      subtask_id,
      status: 'scanning',
      progress: 0,
    }));
    const node = { node_id: 'n', instance_id: 'one', last_seen: at(beats(second)), current_tasks };
    const found = findZombies(node, held, missing, GRACE, at(second));
    if (found.zombies.length > 0) return second;
    missing = found.missing;
  }
  return undefined;
}

describe('findZombies', () => {
  it.each<[string, number | undefined, number | undefined]>([
    ['what is listed', watch(() => ['s1']), undefined],
    ['what was never listed', watch(() => []), 30],
    ['what was listed until the tenth second', watch((s) => (s < 10 ? ['s1'] : [])), 40],
    ['what is listed now and then', watch((s) => (s % 20 === 14 ? ['s1'] : [])), undefined],
    ['what its node took without naming its process', watch(() => [], [{ subtask_id: 's1', lease_id: 'l1' }]), 30],
    ['what another process of the node took', watch(() => [], [{ ...claim, assigned_instance: 'two' }]), undefined],
    [
      'what a node holds that is silent since',
      watch(
        () => [],
        [claim],
        () => 4,
      ),
      undefined,
    ],
    ['anything beside a full list', watch(() => Array.from({ length: 10_000 }, (_, i) => `x${i}`)), undefined],
  ])('%s', (_, second, expected) => {
    expect(second).toBe(expected);
  });

  it('begins anew where the same subtask is held under another lease', () => {
    const node = { node_id: 'n', instance_id: 'one', last_seen: at(60), current_tasks: [] };
    const before = new Map([['s1 former', at(0)]]);
    expect(findZombies(node, [claim], before, GRACE, at(61))).toEqual({
      missing: new Map([['s1 l1', at(61)]]),
      zombies: [],
    });
  });
});
