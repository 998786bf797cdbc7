import { loadConfig } from '@cyberstroll/runtime';
import { apiKeysConfigShape, parseApiKeys } from './api-keys';
import { proveKey, toDigest } from './secrets';

describe('parseApiKeys', () => {
  const keys = parseApiKeys('ann:viewer:0123456789abcdef, bob:operator:with:colons:0123456789');

  it('finds the caller of a secret', () => {
    expect(keys.findCaller('0123456789abcdef')).toEqual({ name: 'ann', role: 'viewer' });
    expect(keys.findCaller('with:colons:0123456789')).toEqual({ name: 'bob', role: 'operator' });
    expect(keys.findCaller('0123456789abcdeF')).toBeUndefined();
    expect(keys.findCaller('')).toBeUndefined();
  });

  it('knows a secret by its hash alone, and takes the hash for no secret', () => {
    // printf %s 0123456789abcdef | sha256sum
    const hashed = 'sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f';
    const known = parseApiKeys(`ann:viewer:${hashed}`);
    expect(known.findCaller('0123456789abcdef')).toEqual({ name: 'ann', role: 'viewer' });
    expect(known.findCaller(hashed)).toBeUndefined();
    expect(known.findCaller(hashed.slice(7))).toBeUndefined();
  });

  it('takes a name in any script', () => {
    const { findCaller } = parseApiKeys('夜班 张三:operator:0123456789abcdef');
    expect(findCaller('0123456789abcdef')).toEqual({ name: '夜班 张三', role: 'operator' });
  });

  it('keeps no secret', () => {
    expect(JSON.stringify(keys)).not.toContain('0123456789abcdef');
  });

  it.each([
    ['', /has no key/],
    [' , ', /has no key/],
    ['ann:viewer:short', /key 1: the secret must have at least 16/],
    ['ann:viewer:sha256:9f9f5111', /key 1: sha256: must be followed by 64 hexadecimal digits/],
    ['ann:viewer:0123456789abcdef,bob:root:0123456789abcdef', /key 2: the role/],
    [':viewer:0123456789abcdef', /key 1: the name/],
    ['ann', /key 1: the role/],
    ['a\u202eb:viewer:0123456789abcdef', /key 1: the name must not contain U\+202E/],
  ])('refuses %j and names the place', (text, message) => {
    expect(() => parseApiKeys(text)).toThrow(message);
  });

  it('is a configuration variable that must be set, whose value no error repeats', () => {
    expect(() => loadConfig(apiKeysConfigShape, {})).toThrow(/API_KEYS: has no key/);
    expect(() => loadConfig(apiKeysConfigShape, { API_KEYS: 'a:viewer:hidden' })).toThrow(/^(?!.*hidden).*API_KEYS/);
    expect(loadConfig(apiKeysConfigShape, { API_KEYS: 'a:admin:0123456789abcdef' }).API_KEYS).toHaveProperty(
      'findCaller',
    );
  });
});

it('finds the key that a session proves, by its name and its secret, and with the secret of the session alone', () => {
  const [first, second] = ['0123456789abcdef', 'fedcba9876543210'];
  // A rotation has two keys of one name.
  const keys = parseApiKeys(`a:viewer:${first},a:operator:${second},b:admin:${first}`);
  const proof = proveKey(toDigest(second), 'of-session');
  expect(keys.findProven('a', 'of-session', proof)).toEqual({ name: 'a', role: 'operator' });
  expect(keys.findProven('b', 'of-session', proof)).toBeUndefined();
  expect(keys.findProven('a', 'of-another', proof)).toBeUndefined();
  expect(parseApiKeys(`a:operator:${first}`).findProven('a', 'of-session', proof)).toBeUndefined();
});

it('signs a text by a key of that name, and nobody else signs it so', () => {
  const keys = parseApiKeys('a:viewer:0123456789abcdef,b:admin:fedcba9876543210');
  const signature = keys.sign('a', 'text')!;
  expect(keys.findSigner('a', 'text', signature)).toEqual({ name: 'a', role: 'viewer' });
  expect(keys.findSigner('a', 'another text', signature)).toBeUndefined();
  expect(keys.findSigner('b', 'text', signature)).toBeUndefined();
  expect(keys.findSigner('a', 'text', '')).toBeUndefined();
  expect([keys.sign('c', 'text'), keys.findSigner('c', 'text', signature)]).toEqual([undefined, undefined]);
});
