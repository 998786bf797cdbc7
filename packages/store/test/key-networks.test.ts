import { createKeyScope } from '@cyberstroll/access';
import { parseTargets } from '@cyberstroll/targets';
import { type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const TARGETS = [
  '10.1.0.0/24',
  '10.1.2.3',
  '10.2.0.1',
  '10.1.2.3,10.2.0.1',
  '10.1.0.0-10.2.0.0',
  '2001:db8::1,10.1.0.1',
  '::1',
  // More than 64 pieces: their joined ranges hold the addresses between some of them.
  Array.from({ length: 70 }, (_, i) => `10.3.0.${i * 2}`).join(),
];
const NETWORKS = [
  ['10.1.0.0/16'],
  ['10.1.0.0/16', '2001:db8::/32'],
  ['0.0.0.0/0'],
  ['0.0.0.0/0', '::/0'],
  ['192.0.2.1'],
  Array.from({ length: 70 }, (_, i) => `10.3.0.${i * 2}`),
];

it('lists and finds the same tasks for a key with networks as the rule says', async () => {
  const { tasks } = fixture.store;
  const ids: string[] = [];
  for (const targets of TARGETS) ids.push(await unsentTask(fixture.store, targets));
  for (const networks of NETWORKS) {
    const { ranges: within, covers } = createKeyScope(networks);
    const inside = ids.filter((_, i) => covers(parseTargets(TARGETS[i]!)));
    const { items } = await tasks.findTasks({ within, limit: 100 });
    expect(items.map(({ task_id }) => task_id).sort()).toEqual(inside.toSorted());
    for (const id of ids) {
      const found = tasks.requireInside(id, within).then(
        () => true,
        ({ code }) => code,
      );
      expect(await found).toBe(inside.includes(id) || 'task_not_found');
    }
  }
});
