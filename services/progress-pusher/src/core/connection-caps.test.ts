import { createConnectionCaps } from './connection-caps';

it('counts in all and by address', () => {
  const caps = createConnectionCaps({ total: 3, perAddress: 2 });
  expect(caps.enter('a')).toBeUndefined();
  expect(caps.enter('a')).toBeUndefined();
  expect(caps.enter('a')).toMatchObject({ status: 429 });
  expect(caps.enter('b')).toBeUndefined();
  expect(caps.enter('c')).toMatchObject({ status: 503 });
  caps.leave('a');
  caps.leave('nobody');
  expect(caps.total()).toBe(2);
  expect(caps.enter('a')).toBeUndefined();
});
