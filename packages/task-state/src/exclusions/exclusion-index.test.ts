import { parseTargets } from '@cyberstroll/targets';
import * as fc from 'fast-check';
import { createExclusionIndex } from './exclusion-index';

const one = (exclusion_id: string, target: string) => ({
  exclusion_id,
  target,
  reason: 'r',
  set: parseTargets(target),
});

const network = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 })).map(([a, b]) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return `255.255.255.${240 + low}-255.255.255.${240 + high}`;
  }),
  fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 125, max: 128 })).map(([n, bits]) => `::${n}/${bits}`),
);

it('finds for each address the oldest exclusion that covers it, on the edges of both families too', () => {
  const addresses = [
    ...Array.from({ length: 16 }, (_, n) => `255.255.255.${240 + n}`),
    ...Array.from({ length: 9 }, (_, n) => `::${n}`),
    '0.0.0.0',
  ];
  void fc.assert(
    fc.property(fc.array(network, { maxLength: 8 }), (networks) => {
      const exclusions = networks.map((target, n) => one(String(n), target));
      const index = createExclusionIndex(exclusions);
      for (const ip of addresses) {
        expect(index.find(ip)).toBe(exclusions.find(({ set }) => set.has(ip)));
        expect(index.set.has(ip)).toBe(index.find(ip) !== undefined);
      }
    }),
  );
});
