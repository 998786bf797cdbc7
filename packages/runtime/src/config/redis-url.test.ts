import { loadConfig, redisConfigShape } from './config';
import { readRedisUrl } from './redis-url';

it.each([
  ['redis://redis', { mode: 'standalone', hosts: [{ host: 'redis', port: 6379 }], db: 0, tls: false }],
  [
    'rediss://:p%40ss@redis:6380/1',
    { mode: 'standalone', hosts: [{ host: 'redis', port: 6380 }], password: 'p@ss', db: 1, tls: true },
  ],
  ['redis://u:p@[::1]?db=2', { hosts: [{ host: '::1', port: 6379 }], username: 'u', password: 'p', db: 2 }],
  [
    'redis+cluster://u:p@one:7001,two',
    {
      mode: 'cluster',
      username: 'u',
      hosts: [
        { host: 'one', port: 7001 },
        { host: 'two', port: 6379 },
      ],
    },
  ],
  [
    'rediss+sentinel://u:p@one,two:5000/my%20master?db=3&sentinelUsername=s&sentinelPassword=q%3F',
    {
      mode: 'sentinel',
      tls: true,
      db: 3,
      masterName: 'my master',
      username: 'u',
      password: 'p',
      sentinelUsername: 's',
      sentinelPassword: 'q?',
      hosts: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 5000 },
      ],
    },
  ],
])('reads %s', (url, target) => {
  expect(readRedisUrl(url)).toEqual({ target: expect.objectContaining(target) });
});

it.each(['p@ss:w/o?r#d%', '%40', 'a b"\\+&=,;é😀', '[::1]', '\t\n\x00'])(
  'reads %j, percent-encoded, anywhere',
  (text) => {
    const escaped = encodeURIComponent(text);
    const url = `redis+sentinel://${escaped}:${escaped}@one,two/${escaped}?sentinelUsername=${escaped}&sentinelPassword=${escaped}`;
    const names = ['username', 'password', 'masterName', 'sentinelUsername', 'sentinelPassword'];
    expect(readRedisUrl(url)).toEqual({
      target: expect.objectContaining(Object.fromEntries(names.map((name) => [name, text]))),
    });
  },
);

it.each([
  ['hidden', /must have the form redis:\/\//],
  ['http://u:hidden@redis', /must have the form redis:\/\//],
  ['redis+clusters://u:hidden@redis', /must have the form redis:\/\//],
  ['redis://u:hid@den@redis', /must have the form redis:\/\//],
  ['redis://u:hid/den@redis', /must have the form redis:\/\//],
  ['redis://u:1?hidden@redis', /must have the form redis:\/\//],
  ['redis://u:hidden%@redis', /its password has a % that does not begin an escape/],
  ['redis://hidden%FF:p@redis', /its user has a % that does not begin an escape/],
  ['redis://hidden@redis', /a user without a password/],
  ['redis://:hidden@', /its host 1 is not host/],
  ['redis://:hidden@redis:port', /its host 1 is not host/],
  ['redis://:hidden@redis:70000', /its host 1 is not host/],
  ['redis://:hidden@one,two', /it names several hosts, which only/],
  ['redis://:hidden@redis/name', /its database is not a number/],
  ['redis://:hidden@redis?family=6', /a parameter twice, or one that is not db \(/],
  ['redis+cluster://:hidden@one,,two', /its host 2 is not host/],
  ['redis+cluster://:hidden@one,two/1', /a cluster has only database 0/],
  ['redis+cluster://:hidden@one,two?db=1', /it has parameters, and a cluster takes none/],
  ['redis+sentinel://:hidden@one,two', /it has no master name after the hosts/],
  ['redis+sentinel://:hidden@one/name?hidden=1', /one that is not db, sentinelUsername, sentinelPassword/],
  ['redis+sentinel://:hidden@one/name?sentinelUsername=hidden', /a sentinelUsername without a sentinelPassword/],
])('refuses %s by the name of the variable, and repeats none of it', (url, message) => {
  const load = () => loadConfig(redisConfigShape, { REDIS_URL: url });
  expect(load).toThrow(/^(?!.*hid).*REDIS_URL: /);
  expect(load).toThrow(message);
});

it('names all faults at once', () => {
  expect(() => loadConfig(redisConfigShape, { REDIS_URL: 'redis+sentinel://u:%@one:port,two?db=x&y=1' })).toThrow(
    /REDIS_URL: its host 1 .*its password .*without a password|REDIS_URL: its host 1 .*; its password .*; it has a parameter .*; it has no master name .*; its database /,
  );
});
