import { createSeededRandom } from '../rig/seeded-random';
import { getKinds, SET_UPS, type SetUp, toPlan, type Victims } from './plan';

const alone = {
  services: ['task-api-1', 'dispatcher-1', 'state-updater-1', 'state-updater-2'],
  nodes: ['node-1-1', 'node-2-1'],
  updaters: ['state-updater-1', 'state-updater-2'],
  dispatchers: ['dispatcher-1'],
  pairs: ['state-updater', 'dispatcher'],
  scanners: ['scanner-1'],
  brokerNodes: [],
} satisfies Victims;
const VICTIMS: Record<SetUp, Victims> = {
  single: alone,
  'rabbitmq-cluster': { ...alone, brokerNodes: ['rabbit-1', 'rabbit-2', 'rabbit-3'] },
};
const random = createSeededRandom(1);
const seeds = [0, 1, 2 ** 32 - 1, ...Array.from({ length: 200 }, () => Math.floor(random() * 2 ** 32))];

describe.each(SET_UPS)('on %s', (setUp) => {
  const victims = VICTIMS[setUp];

  it('makes the same plan of the same seed', () => {
    for (const seed of seeds) expect(toPlan(seed, victims)).toEqual(toPlan(seed, victims));
  });

  it('makes another plan of another seed', () => {
    expect(new Set(seeds.map((seed) => JSON.stringify(toPlan(seed, victims)))).size).toBe(seeds.length);
  });

  it('plays every kind of fault in every plan, one after another, on victims that there are', () => {
    const all = [...Object.values(victims).flat(), 'rabbitmq', 'mongodb', 'redis', 'state-updater'];
    const tasks = ['steady', 'recorded', 'paused', 'cancelled'];
    for (const seed of seeds) {
      const plan = toPlan(seed, victims);
      expect(new Set(plan.map(({ fault }) => fault))).toEqual(new Set(getKinds(setUp)));
      const once = toPlan(seed, victims, { isOnce: true });
      expect(once.map(({ fault }) => fault).sort()).toEqual(getKinds(setUp).sort());
      for (const { victim } of plan) expect([...all, ...tasks]).toContain(victim);
      const times = plan.map(({ at_ms }) => at_ms);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });
});
