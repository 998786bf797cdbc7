import { MAX_EXCLUSIONS, MAX_FREEZES, MAX_LIMITS } from '@cyberstroll/contracts';
import type { RuleMaker } from '../src';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const NOW = new Date();
const keyOf = (operator: string, role: Partial<RuleMaker> = {}): RuleMaker => {
  return { operator, isAdmin: false, hasNetworks: false, ...role };
};

describe.each([
  [
    'limits',
    MAX_LIMITS,
    ({ operator }: RuleMaker) => ({ covers: { all: true as const }, max_concurrent: 1, operator }),
    (given: object, maker: RuleMaker) => fixture.store.limits.create(given as never, NOW, undefined, maker),
  ],
  [
    'freezes',
    MAX_FREEZES,
    ({ operator }: RuleMaker) => ({ kind: 'blackout', covers: { all: true }, reason: 'test', operator, from: NOW }),
    (given: object, maker: RuleMaker) => fixture.store.freezes.create(given as never, NOW, undefined, maker),
  ],
  [
    'exclusions',
    MAX_EXCLUSIONS,
    ({ operator }: RuleMaker) => ({ target: '127.9.9.9', reason: 'test', operator, until: new Date(9e12) }),
    (given: object, maker: RuleMaker) =>
      fixture.store.exclusions.create(given as never, maker.operator, NOW, undefined, maker),
  ],
] as const)('%s', (kind, most, toRule, create) => {
  const id = `${kind.slice(0, -1)}_id`;
  let made = 0;
  async function fill(maker: RuleMaker, count: number): Promise<void> {
    const { db } = await fixture.openParts('filler');
    const rules = Array.from({ length: count }, () => ({ [id]: String(made++).padStart(24, '0'), ...toRule(maker) }));
    await db[kind].insertMany(rules as never[]);
  }
  const one = (maker: RuleMaker) => create(toRule(maker), maker);

  it('a key with networks may have a quarter, other keys leave a tenth to admins, and all end at the most', async () => {
    const team = keyOf('team', { hasNetworks: true });
    const nightly = keyOf('nightly');
    const admin = keyOf('ada', { isAdmin: true });
    await fill(team, most / 4 - 1);
    await one(team);
    const code = `too_many_${kind}`;
    await expect(one(team)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`team has ${most / 4}, and may have ${most / 4} of ${most}`),
    });
    const others = most - most / 4 - most / 10;
    await fill(nightly, others - 1);
    await one(nightly);
    await expect(one(nightly)).rejects.toMatchObject({
      code,
      details: { limit: most - most / 10 },
      message: expect.stringContaining(`(nightly: ${others}, team: ${most / 4})`),
    });
    await one(admin);
    await fill(admin, most / 10 - 1);
    await expect(one(admin)).rejects.toMatchObject({ code, details: { limit: most } });
  });
});
