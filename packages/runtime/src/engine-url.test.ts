import { loadConfig, mongodbConfigShape, rabbitmqConfigShape, redisConfigShape } from './config';

const shape = { ...rabbitmqConfigShape, ...mongodbConfigShape, ...redisConfigShape };
const load = (name: string, url: string) => loadConfig(shape, { [name]: url });

it.each([
  ['RABBITMQ_URL', 'amqp://u:p@rabbit:5672/vhost'],
  ['RABBITMQ_URL', 'amqps://u:p%40ss@rabbit'],
  ['RABBITMQ_URL', 'amqp://[::1]:5672/%2F?heartbeat=5'],
  ['REDIS_URL', 'redis://redis'],
  ['REDIS_URL', 'rediss://:secret@redis:6380/1'],
  ['MONGODB_URI', 'mongodb://u:p@one:27017,two:27017,[::1]:27017/db?replicaSet=rs&tls=true'],
  ['MONGODB_URI', 'mongodb+srv://u:p@cluster.example'],
  ['MONGODB_URI', 'mongodb://%2Ftmp%2Fmongodb-27017.sock/db'],
])('takes %s=%s', (name, url) => {
  expect(load(name, url)).toMatchObject({ [name]: url });
});

it.each([
  ['RABBITMQ_URL', 'hidden'],
  ['RABBITMQ_URL', 'http://u:hidden@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:hid/den@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:1?hidden@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:1#hidden@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:hid@den@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:hidden%@rabbit'],
  ['RABBITMQ_URL', 'amqp://u:hidden@'],
  ['RABBITMQ_URL', 'amqp://u:hidden@one:5672,two:5672'],
  ['REDIS_URL', 'redis:6379'],
  ['REDIS_URL', 'redis://:hidden@redis:port'],
  ['MONGODB_URI', 'u:hidden@mongodb'],
  ['MONGODB_URI', 'mongodb://u:hid/den@one,two/db'],
  ['MONGODB_URI', 'mongodb://u:hidden@one:port,two/db'],
  ['MONGODB_URI', 'mongodb://u:hidden@one,,two/db'],
])('refuses %s=%s by its name alone', (name, url) => {
  expect(() => load(name, url)).toThrow(new RegExp(`^(?!.*hid).*${name}: must read `));
});

describe('guest with password guest', () => {
  it.each(['amqp://rabbit', 'amqp://guest:guest@rabbit', 'amqp://guest@10.0.0.7', 'amqps://127.evil.example'])(
    'is refused at %s',
    (url) => expect(() => load('RABBITMQ_URL', url)).toThrow(/RABBITMQ_URL: .*guest beyond loopback: name a user/),
  );
  it.each(['amqp://localhost', 'amqp://guest:guest@127.0.0.1:5672', 'amqp://[::1]'])('is taken at %s', (url) => {
    expect(load('RABBITMQ_URL', url)).toMatchObject({ RABBITMQ_URL: url });
  });
});
