import { createTaskBodySchema } from '@cyberstroll/contracts';
import { finish, parseScope, parseTargets } from '@cyberstroll/targets';
import { type PlanFacts, planTask } from './plan-task';

const NOW = new Date('2026-01-01T00:00:00Z');
const FACTS: PlanFacts = {
  scope: parseScope('127.0.0.0/8 !127.9.0.0/16'),
  maxCount: 1_000,
  exclusions: [],
  pace: 4,
  warnings: [],
  rules: [],
  now: NOW,
};
const MONITOR = { exclusion_id: 'a'.repeat(24), target: '127.0.0.0/30', reason: 'a heart monitor' };
const exclude = <Facts extends { target: string }>(facts: Facts) => ({ ...facts, set: parseTargets(facts.target) });
const { config } = createTaskBodySchema.parse({ task_target: '-', task_initiator: 'a', scan: { ports: '1' } });
const plan = (task_target: string, more: { exclude_target?: string } = {}, facts: Partial<PlanFacts> = {}) =>
  finish(
    planTask(
      { task_target, ...more, scan: { ports: '22,80-89', method: 'connect' }, labels: [], config },
      { ...FACTS, ...facts },
    ),
  );

it('counts targets, exclusions, repeats and probes, and estimates by the rate of the fleet', () => {
  expect(plan('127.0.0.0/28 127.0.0.3 127.0.1.1', { exclude_target: '127.0.0.8-200' })).toEqual({
    would_create: true,
    total_targets: 9,
    excluded: 8,
    exclusions: { count: 0, by: [], ports: [] },
    duplicates: 1,
    refused: [],
    refused_count: 0,
    sample: {
      first: ['127.0.0.0', '127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'],
      last: ['127.0.0.4', '127.0.0.5', '127.0.0.6', '127.0.0.7', '127.0.1.1'],
    },
    ports: 11,
    probes: 99,
    estimate: { seconds: 2.3, by: 'fleet_rate' },
    warnings: [],
    begins: NOW,
  });
});

it('says what exclusions take out besides', () => {
  const ports = { exclusion_id: 'p', target: '127.0.0.8/29', reason: 'it prints', ports: '22,9100' };
  const { total_targets, excluded, exclusions } = plan(
    '127.0.0.0/28',
    { exclude_target: '127.0.0.3-4' },
    { exclusions: [MONITOR, ports].map(exclude) },
  );
  const lost = { count: 3, by: [{ ...MONITOR, count: 3 }], ports: [{ ...ports, ports: '22', count: 8 }] };
  expect([total_targets, excluded, exclusions]).toEqual([11, 2, lost]);
});

it('lists every refused entry, of both texts, with its place', () => {
  const { refused, refused_count, would_create, total_targets } = plan('127.0.0.1 300.1.1.1 10.0.0.1 127.9.0.0/31', {
    exclude_target: '127.0.0.2, x',
  });
  expect(refused.map(({ field, entry, position, code }) => [field, entry, position, code])).toEqual([
    ['task_target', '300.1.1.1', 2, 'invalid_targets'],
    ['exclude_target', 'x', 2, 'invalid_targets'],
    ['task_target', '10.0.0.1', 3, 'out_of_scope'],
    ['task_target', '127.9.0.0/31', 4, 'out_of_scope'],
  ]);
  expect([refused_count, would_create, total_targets]).toEqual([4, false, 4]);
});

it('an excluded address is not out of scope, and the list of refused entries ends', () => {
  expect(plan('10.0.0.1 127.0.0.1', { exclude_target: '10.0.0.0/8' })).toMatchObject({ would_create: true });
  const many = plan('x '.repeat(500));
  expect([many.refused.length, many.refused_count]).toEqual([100, 500]);
});

it.each<[string, string, Partial<PlanFacts>, string[], boolean]>([
  ['nothing is left', '127.0.0.1', {}, ['no_targets'], false],
  ['all is excluded', '127.0.0.2', { exclusions: [exclude(MONITOR)] }, ['targets_excluded'], false],
  ['too much is left', '127.0.0.0/16', {}, ['too_many_targets'], false],
  ['the backlog is full', '127.0.0.2', { warnings: [{ code: 'backlog_full', message: '' }] }, ['backlog_full'], false],
  ['nobody scans', '127.0.0.2', { warnings: [{ code: 'no_node_in_pool', message: '' }] }, ['no_node_in_pool'], true],
])('%s: says so', (_name, target, facts, codes, would_create) => {
  const found = plan(target, { exclude_target: '127.0.0.1' }, facts);
  expect([found.warnings.map(({ code }) => code), found.would_create]).toEqual([codes, would_create]);
});

it('a whole IPv6 network costs no more than an address, and an unknown rate gives no estimate', () => {
  const { total_targets, sample, estimate } = plan('2001:db8::/32', {}, { pace: undefined });
  expect([total_targets, sample.last.at(-1), estimate]).toEqual([
    2 ** 96,
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    null,
  ]);
});
