/**
 * SecantusDB with some answers replaced: a proxy in front of it answers some commands itself, as a mongos or another
 * member of a replica set would. Every other answer comes from the real server.
 */
import { createTcpProxy, readMongoCommand, type TcpProxy, toMongoReply } from '@cyberstroll/testkit';
import type { mongo } from 'mongoose';

export interface FakeMember {
  proxy: TcpProxy;
  /** host:port */
  address: string;
  close(): Promise<void>;
}

/** `answers` by the name of the command. An answer to `hello` is also sent to the first message of a connection. */
export async function createFakeMember(
  uri: string,
  answers: Record<string, (address: string) => mongo.Document>,
): Promise<FakeMember> {
  const proxy = await createTcpProxy(uri);
  const { host: address } = new URL(proxy.url);
  proxy.intercept((request) => {
    const [name = ''] = Object.keys(readMongoCommand(request));
    const answer = answers[/^ismaster$/i.test(name) ? 'hello' : name];
    if (!answer) return undefined;
    const document = answer(address);
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
