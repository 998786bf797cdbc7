import { type Caller, findProhibition, hasRole } from './caller';
import { createKeyScope } from './networks/key-scope';

it('lets each role do what the lesser ones may', () => {
  expect(hasRole({ role: 'admin' }, 'operator')).toBe(true);
  expect(hasRole({ role: 'operator' }, 'operator')).toBe(true);
  expect(hasRole({ role: 'viewer' }, 'operator')).toBe(false);
});

it.each<[Partial<Caller>, Parameters<typeof findProhibition>[1], RegExp | undefined]>([
  [{}, 'listTasks', undefined],
  [{}, 'cancelTask', /needs the role operator; key team-a has the role viewer/],
  [{ role: 'operator' }, 'cancelTask', undefined],
  [{ scope: createKeyScope(['10.1.0.0/16']) }, 'listTasks', undefined],
  [{ scope: createKeyScope(['10.1.0.0/16']) }, 'listNodes', /all networks; key team-a has only 10\.1\.0\.0\/16/],
])('a viewer changed by %j may not %s: %s', (change, id, reason) => {
  const found = findProhibition({ name: 'team-a', role: 'viewer', ...change }, id);
  expect(found ?? 'nothing').toMatch(reason ?? /^nothing$/);
});
