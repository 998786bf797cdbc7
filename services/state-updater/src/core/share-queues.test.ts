import { STATE_QUEUE_NAMES } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { shareQueues } from './share-queues';

const queuesOf = fc
  .integer({ min: 1, max: STATE_QUEUE_NAMES.length })
  .map((count) => STATE_QUEUE_NAMES.slice(0, count));
const updatersOf = (minLength: number) => fc.uniqueArray(fc.string({ minLength: 1 }), { minLength, maxLength: 20 });

it('gives every queue one owner that works, the same in whatever order they are named, and to none two more than to another', () => {
  fc.assert(
    fc.property(queuesOf, updatersOf(1), (queues, updaters) => {
      const owners = shareQueues(queues, updaters);
      expect([...owners.keys()].sort()).toEqual([...queues].sort());
      const counts = updaters.map((updater) => [...owners.values()].filter((owner) => owner === updater).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(queues.length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(shareQueues(queues, updaters.toReversed())).toEqual(owners);
    }),
  );
});

it('moves few queues when an updater comes or goes: beside those of that one, half of the others at most', () => {
  fc.assert(
    fc.property(queuesOf, updatersOf(2), (queues, [one, ...others]) => {
      const [before, after] = [shareQueues(queues, others), shareQueues(queues, [one!, ...others])];
      const moved = queues.filter((queue) => after.get(queue) !== one && after.get(queue) !== before.get(queue));
      expect(moved.length).toBeLessThanOrEqual(Math.ceil(queues.length / 2));
    }),
  );
});
