import { loadConfig, redisConfigShape } from './config';

const load = (name: string, url: string) => loadConfig(redisConfigShape, { [name]: url });

it.each([
  ['REDIS_URL', 'redis://redis'],
  ['REDIS_URL', 'rediss://:secret@redis:6380/1'],
])('takes %s=%s', (name, url) => {
  expect(load(name, url)).toMatchObject({ [name]: url });
});

it.each([
  ['REDIS_URL', 'redis:6379'],
  ['REDIS_URL', 'redis://:hidden@redis:port'],
])('refuses %s=%s by its name alone', (name, url) => {
  expect(() => load(name, url)).toThrow(new RegExp(`^(?!.*hid).*${name}: must read `));
});
