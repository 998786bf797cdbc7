import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type RedisGroup, redisCluster, redisSentinel } from '@cyberstroll/local';
import { createOutageLog, readRedisUrl } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { createRedisLinks, type RedisLinks } from '../src/redis/redis-link';

const sockets = new Set<Socket>();
const collect = (message: unknown) => void sockets.add((message as { socket: Socket }).socket);
beforeEach(() => subscribe('net.client.socket', collect));
afterEach(() => {
  unsubscribe('net.client.socket', collect);
  sockets.clear();
});

function open(url: string): RedisLinks {
  const read = readRedisUrl(url);
  if (!('target' in read)) throw new Error(read.faults.join());
  const outages = createOutageLog(testLogger, 'redis');
  return createRedisLinks({ target: read.target, tls: {}, name: 'test', outages });
}

/** As TLS brings one by an alert that comes late. Unheard, it ends the process. */
function bringErrors(): void {
  for (const socket of sockets) {
    for (let n = 0; n < 3; n++) expect(() => socket.emit('error', new Error('tlsv1 alert decode error'))).not.toThrow();
  }
}

it('survives a second error of a socket', async () => {
  const links = open('redis://127.0.0.1:1');
  try {
    await links.connect();
    await eventually(() => expect(sockets.size).toBeGreaterThan(1));
    bringErrors();
  } finally {
    links.disconnect();
  }
});

describe.each([
  ['cluster', redisCluster],
  ['sentinel', redisSentinel],
])('of a %s', (_mode, start) => {
  let group: RedisGroup;
  beforeAll(async () => {
    group = await start();
  });
  afterAll(() => group?.cleanup());

  it('survives a second error of every socket, of those that ask for the master too', async () => {
    const links = open(group.url);
    try {
      await links.connect();
      await eventually(async () => {
        for (const key of ['a', 'b', 'c', 'd']) await links.commands.set(key, '1', 'PX', 1);
        return links.subscriber.subscribe('channel');
      });
      // More of them than the two that are kept.
      expect(sockets.size).toBeGreaterThan(2);
      bringErrors();
    } finally {
      links.disconnect();
    }
  });
});
