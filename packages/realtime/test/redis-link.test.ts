import { createOutageLog } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { connectFirst, createRedisLink } from '../src/redis-link';

it('survives a second error of a socket, as TLS brings one by an alert that comes late', async () => {
  const redis = createRedisLink({ url: 'redis://127.0.0.1:1', tls: {} }, 'test', createOutageLog(testLogger, 'redis'));
  try {
    await connectFirst(redis);
    const stream = await eventually(() => redis.stream);
    expect(() => stream.emit('error', new Error('tlsv1 alert decode error'))).not.toThrow();
  } finally {
    redis.disconnect();
  }
});
