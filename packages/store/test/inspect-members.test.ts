import type { Diagnosis } from '@cyberstroll/runtime';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { inspectStore } from '../src';
import { createFakeMember, type FakeMember, mongosHello, primaryHello } from './fake-member';

let testbed: Testbed;
const members: FakeMember[] = [];
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(async () => {
  await Promise.all(members.map((member) => member.close()));
  await testbed?.cleanup();
});

async function fake(...args: Parameters<typeof createFakeMember> extends [string, ...infer Rest] ? Rest : never) {
  const member = await createFakeMember(testbed.mongodb_uri, ...args);
  members.push(member);
  return member;
}
const uriOf = (hosts: readonly FakeMember[], options = '') =>
  `mongodb://${hosts.map(({ address }) => address).join(',')}/${testbed.database}${options}`;
const inspect = async (uri: string) =>
  (await inspectStore({ uri, selectMs: 10_000 })).filter(({ check }) =>
    /^mongodb (replica|shard|members|clocks|transactions)/.test(check),
  );
const toLine = ({ check, verdict, found }: Diagnosis) => `${verdict} ${check}: ${found}`;

it('looks behind every mongos: clocks, shards and their arbiters, a transaction', async () => {
  const shard = await fake({ hello: (address) => primaryHello('s1', address, { arbiters: ['127.0.0.1:1'] }) });
  const shards = () => ({
    shards: [
      { _id: 'shard-1', host: `s1/${shard.address}` },
      { _id: 'shard-2', host: 's2/127.0.0.1:1' },
    ],
  });
  const early = await fake({ hello: () => mongosHello(), listShards: shards });
  const late = await fake({ hello: () => mongosHello(60_000), listShards: shards });
  const found = await inspect(uriOf([early, late]));
  expect(found.map(toLine)).toEqual([
    'ok mongodb replica set: a sharded cluster',
    'fail mongodb shard shard-1: s1, members: 1, arbiters: 1',
    expect.stringMatching(/^warn mongodb shard shard-2: cannot be reached from here: .*ECONNREFUSED/),
    'ok mongodb members: 2 of 2 answer',
    expect.stringMatching(`^fail mongodb clocks: ${late.address} is [56]\\d{4} ms ahead of ${early.address}$`),
    'ok mongodb transactions: conflicts, repeated writes and snapshots are as they must be',
  ]);
});

it('says that a user may not list the shards, and that no transaction is committed', async () => {
  const refusal = (code: number, errmsg: string) => () => ({ code, errmsg });
  const mongos = await fake({
    hello: () => mongosHello(),
    listShards: refusal(13, 'not authorized on admin to execute command'),
    commitTransaction: refusal(20, 'transactions are not allowed here'),
  });
  expect((await inspect(uriOf([mongos]))).map(toLine)).toEqual([
    'ok mongodb replica set: a sharded cluster',
    'warn mongodb shards: cannot be listed: not authorized on admin to execute command',
    'ok mongodb members: 1 of 1 answer',
    expect.stringMatching(/^ok mongodb clocks: compared: 1, \d+ ms apart$/),
    'fail mongodb transactions: it refuses transactions and retryable writes: an error (20)',
  ]);
});

it('sees an arbiter of a replica set, and a member that is down', async () => {
  const others = { passives: ['127.0.0.1:1'], arbiters: ['127.0.0.1:2'] };
  const primary = await fake({ hello: (address) => primaryHello('rs', address, others) });
  expect((await inspect(uriOf([primary], '?replicaSet=rs'))).map(toLine)).toEqual([
    'warn mongodb replica set: rs, members: 2, arbiters: 1',
    expect.stringMatching(/^warn mongodb members: 127.0.0.1:1 cannot be reached from here: .*ECONNREFUSED/),
    expect.stringMatching(/^warn mongodb members: 127.0.0.1:2 cannot be reached from here: .*ECONNREFUSED/),
    expect.stringMatching(/^ok mongodb clocks: compared: 1, \d+ ms apart$/),
    'ok mongodb transactions: conflicts, repeated writes and snapshots are as they must be',
  ]);
});
