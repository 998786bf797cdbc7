import { createConnectionCaps } from './connection-caps';

it('counts in total, by address and by key, and frees places', () => {
  const caps = createConnectionCaps({ total: 4, perAddress: 2, perKey: 3 });
  const from = (address: string, key: string) => ({ address, key });
  expect(caps.enter(from('a', 'ann'))).toBeUndefined();
  expect(caps.enter(from('a', 'ann'))).toBeUndefined();
  expect(caps.enter(from('a', 'bob'))).toMatchObject({ status: 429, detail: expect.stringContaining('address') });
  expect(caps.enter(from('b', 'ann'))).toBeUndefined();
  expect(caps.enter(from('b', 'ann'))).toMatchObject({ status: 429, detail: expect.stringContaining('key') });
  expect(caps.enter(from('b', 'bob'))).toBeUndefined();
  expect(caps.enter(from('c', 'eve'))).toMatchObject({ status: 503 });
  caps.leave(from('a', 'ann'));
  expect(caps.total()).toBe(3);
  expect(caps.enter(from('a', 'ann'))).toBeUndefined();
});
