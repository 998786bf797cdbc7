import { loadConfig, mongodbConfigShape, redisConfigShape } from './config';

const shape = { ...mongodbConfigShape, ...redisConfigShape };
const load = (name: string, url: string) => loadConfig(shape, { [name]: url });

it.each([
  ['REDIS_URL', 'redis://redis'],
  ['REDIS_URL', 'rediss://:secret@redis:6380/1'],
  ['MONGODB_URI', 'mongodb://u:p@one:27017,two:27017,[::1]:27017/db?replicaSet=rs&tls=true'],
  ['MONGODB_URI', 'mongodb+srv://u:p@cluster.example'],
  ['MONGODB_URI', 'mongodb://%2Ftmp%2Fmongodb-27017.sock/db'],
])('takes %s=%s', (name, url) => {
  expect(load(name, url)).toMatchObject({ [name]: url });
});

it.each([
  ['REDIS_URL', 'redis:6379'],
  ['REDIS_URL', 'redis://:hidden@redis:port'],
  ['MONGODB_URI', 'u:hidden@mongodb'],
  ['MONGODB_URI', 'mongodb://u:hid/den@one,two/db'],
  ['MONGODB_URI', 'mongodb://u:hidden@one:port,two/db'],
  ['MONGODB_URI', 'mongodb://u:hidden@one,,two/db'],
])('refuses %s=%s by its name alone', (name, url) => {
  expect(() => load(name, url)).toThrow(new RegExp(`^(?!.*hid).*${name}: must read `));
});
