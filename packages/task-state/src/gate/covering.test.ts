import type { Covers } from '@cyberstroll/contracts';
import { findKeyRange } from '@cyberstroll/targets';
import { findCovering } from './covering';
import { createCoverTest } from './is-covered';

const NETWORKS = [0, 8, 9, 14, 16, 23, 24, 25, 31, 32].flatMap((length) => [
  `10.0.0.0/${length}`,
  ...(length > 8 ? [`10.128.0.0/${length}`] : []),
  ...(length > 23 ? [`10.0.1.0/${length}`, `10.0.0.0/${length}`] : []),
]);
const COVERS: Covers[] = [
  { all: true },
  ...['default', 'dmz'].map((pool) => ({ pool })),
  ...['prod', 'test'].map((label) => ({ label })),
  ...['::/0', '2001:db8::/32', '10.9.9.9', ...NETWORKS].map((network) => ({ network })),
];
const RULES = [...COVERS, ...COVERS].map((covers, place) => ({
  covers,
  ...(place >= COVERS.length && { within: ['10.0.0.0/16'] }),
}));
const TARGETS = [['10.0.0.0/32'], ['10.0.0.128/25', '10.128.0.7'], ['10.0.0.0/8'], ['9.0.0.0/8', '2001:db8::1'], []];

it('finds the rules that cover a task, in their order, as each of them says', () => {
  for (const targets of TARGETS) {
    for (const labels of [[], ['prod'], ['test', 'prod']]) {
      const target_ranges = targets.map((network) => findKeyRange(network)!);
      const task = { config: { pool: 'dmz' }, labels, target_ranges };
      expect(findCovering(RULES, task)).toEqual(RULES.filter((rule) => createCoverTest(rule)(task)));
    }
  }
});
