/**
 * SecantusDB with some answers replaced: a proxy in front of it answers some commands itself, as a mongos or another
 * member of a replica set would. Every other answer comes from the real server.
 */
import { createTcpProxy, readMongoCommand, type TcpProxy, toMongoReply } from '@cyberstroll/testkit';
import { mongo } from 'mongoose';

export interface FakeMember {
  proxy: TcpProxy;
  /** host:port */
  address: string;
  close(): Promise<void>;
}

/**
 * `answers` by the name of the command; undefined leaves it to the server. An answer to `hello` is also sent to the
 * first message of a connection.
 */
export async function createFakeMember(
  uri: string,
  answers: Record<string, (address: string, command: mongo.Document) => mongo.Document | undefined>,
): Promise<FakeMember> {
  const proxy = await createTcpProxy(uri);
  const { host: address } = new URL(proxy.url);
  proxy.intercept((request) => {
    const command = readMongoCommand(request);
    const [name = ''] = Object.keys(command);
    const document = answers[/^ismaster$/i.test(name) ? 'hello' : name]?.(address, command);
    if (!document) return undefined;
    return { reply: toMongoReply(request, { ...document, ok: 'code' in document ? 0 : 1 }) };
  });
  return { proxy, address, close: () => proxy.close() };
}

/** The `hello` reply of a mongos whose clock is `aheadMs` ahead. */
export const mongosHello = (aheadMs = 0): mongo.Document => ({
  isWritablePrimary: true,
  ismaster: true,
  msg: 'isdbgrid',
  helloOk: true,
  localTime: new Date(Date.now() + aheadMs),
  ...LIMITS,
});

/** The `hello` reply of the primary of a replica set. */
export const primaryHello = (setName: string, address: string, others: mongo.Document): mongo.Document => ({
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  secondary: false,
  setName,
  setVersion: 1,
  hosts: [address],
  primary: address,
  me: address,
  localTime: new Date(),
  ...LIMITS,
  ...others,
});

const LIMITS = {
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 25,
};

/**
 * The answers by which the store takes SecantusDB's snapshot sessions for mongod's: what they read again is as they
 * read it first.
 */
export const SNAPSHOTS_OF_MONGOD = {
  buildInfo: () => ({ version: '8.0.0' }),
  find: (_: string, { find, filter, readConcern, $db }: mongo.Document) =>
    find === 'server_checks' && readConcern?.level === 'snapshot' && readConcern.atClusterTime
      ? { cursor: { id: mongo.Long.ZERO, ns: `${$db}.${find}`, firstBatch: [{ ...filter, count: SEEN_FIRST }] } }
      : undefined,
};
/** The check has added one for the repeated write, and one in the transaction before. */
const SEEN_FIRST = 2;
