import { EventEmitter } from 'node:events';
import { testLogger } from '@cyberstroll/testkit';
import type { Redis } from 'ioredis';
import { createSubscriptions } from './subscriptions';

const CHANNELS = Array.from({ length: 1_200 }, (_, index) => `channel-${index}`);

it('renews many subscriptions by one command, and reads what was missed 500 at a time', async () => {
  const redis = Object.assign(new EventEmitter(), { status: 'wait', subscribe: jest.fn(async () => 1) });
  const reads: { channel: string; answer: (value: string) => void }[] = [];
  const subscriptions = createSubscriptions<string>(redis as unknown as Redis, {
    ownChannel: 'own',
    parse: (message) => message,
    findCurrent: (channel) => new Promise((answer) => reads.push({ channel, answer })),
    logger: testLogger,
  });
  const delivered: string[] = [];
  for (const channel of CHANNELS) await subscriptions.add(channel, (value) => delivered.push(value));

  redis.status = 'ready';
  redis.emit('ready');
  redis.emit('ready');
  const pages: number[] = [];
  while (delivered.length < CHANNELS.length) {
    await new Promise(setImmediate);
    if (reads.length > 0) pages.push(reads.length);
    for (const { channel, answer } of reads.splice(0)) answer(`missed on ${channel}`);
    await new Promise(setImmediate);
  }
  expect(redis.subscribe.mock.calls).toEqual([
    ['own', ...CHANNELS],
    ['own', ...CHANNELS],
  ]);
  expect(pages).toEqual([500, 500, 200]);
  expect(delivered).toEqual(CHANNELS.map((channel) => `missed on ${channel}`));
});
