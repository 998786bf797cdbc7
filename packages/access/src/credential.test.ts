import { findApiKey, findCredential } from './credential';

const COOKIE = `cyberstroll_session=${'a'.repeat(43)}`;

it('reads a key from either header', () => {
  expect(findApiKey({ authorization: 'Bearer abc' })).toBe('abc');
  expect(findApiKey({ authorization: 'bearer  abc ' })).toBe('abc');
  expect(findApiKey({ authorization: 'Basic abc' })).toBeUndefined();
  expect(findApiKey({ 'x-api-key': 'abc' })).toBe('abc');
  expect(findApiKey({})).toBeUndefined();
});

it('finds the secret of the session cookie among others', () => {
  const secret = 'a'.repeat(43);
  const find = (cookie: string) => findCredential({ cookie })?.secret;
  expect(find(`cyberstroll_session=${secret}`)).toBe(secret);
  expect(find(`a=b; cyberstroll_session=${secret}; c=d`)).toBe(secret);
  for (const name of ['x_cyberstroll_session', 'cyberstroll_session2', 'a=cyberstroll_session']) {
    expect(find(`${name}=${secret}`)).toBeUndefined();
  }
  for (const value of ['', 'a', `${secret}a`, `"${secret}"`, `${secret}.`]) {
    expect(find(`cyberstroll_session=${value}`)).toBeUndefined();
  }
  expect(findCredential({})).toBeUndefined();
});

it.each([
  [{ 'x-api-key': 'k', cookie: COOKIE }, 't', 'key'],
  [{ 'x-api-key': '', cookie: COOKIE }, 't', 'key'],
  [{ cookie: COOKIE }, 't', 'ticket'],
  [{ cookie: COOKIE }, '', 'session'],
  [{ authorization: 'Basic YTpi', cookie: COOKIE }, undefined, 'session'],
  [{}, undefined, undefined],
])('of %j and the ticket %j the %s counts', (headers, ticket, kind) => {
  expect(findCredential(headers, ticket)?.kind).toBe(kind);
});
