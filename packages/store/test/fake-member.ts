/**
 * SecantusDB under another name: a proxy before it that answers some commands in its place, as a mongos or another member of a
 * replica set would. All else is the real server's.
 */
import { createTcpProxy, type TcpProxy } from '@cyberstroll/testkit';
import { mongo } from 'mongoose';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;

export interface FakeMember {
  proxy: TcpProxy;
  /** host:port */
  address: string;
  close(): Promise<void>;
}

/** `answers` by the name of the command. An answer to `hello` is one to the first message of a connection too. */
export async function createFakeMember(
  uri: string,
  answers: Record<string, (address: string) => mongo.Document>,
): Promise<FakeMember> {
  const proxy = await createTcpProxy(uri);
  const { host: address } = new URL(proxy.url);
  proxy.intercept((request) => {
    const [name = ''] = Object.keys(readCommand(request));
    const answer = answers[/^ismaster$/i.test(name) ? 'hello' : name];
    if (!answer) return undefined;
    const document = answer(address);
    return { reply: toReply(request, { ...document, ok: 'code' in document ? 0 : 1 }) };
  });
  return { proxy, address, close: () => proxy.close() };
}

/** What a mongos says of itself, by a clock that is `aheadMs` ahead. */
export const mongosHello = (aheadMs = 0): mongo.Document => ({
  ...{
    isWritablePrimary: true,
    ismaster: true,
    msg: 'isdbgrid',
    helloOk: true,
    localTime: new Date(Date.now() + aheadMs),
  },
  ...LIMITS,
});

/** What the primary of a replica set says of itself. */
export const primaryHello = (setName: string, address: string, others: mongo.Document): mongo.Document => ({
  ...{ isWritablePrimary: true, ismaster: true, helloOk: true, secondary: false, setName, setVersion: 1 },
  ...{ hosts: [address], primary: address, me: address, localTime: new Date() },
  ...LIMITS,
  ...others,
});

const LIMITS = {
  ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
  ...{ logicalSessionTimeoutMinutes: 30, minWireVersion: 0, maxWireVersion: 25 },
};

function readCommand(request: Buffer): mongo.Document {
  const opcode = request.readInt32LE(12);
  if (opcode === OP_MSG) return readDocument(request, HEADER_BYTES + 5);
  if (opcode !== OP_QUERY) return {};
  const nameEnd = request.indexOf(0, HEADER_BYTES + 4);
  return readDocument(request, nameEnd + 9);
}

const readDocument = (bytes: Buffer, at: number): mongo.Document =>
  mongo.BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)));

function toReply(request: Buffer, document: mongo.Document): Buffer {
  const body = mongo.BSON.serialize(document);
  const isQuery = request.readInt32LE(12) === OP_QUERY;
  // Flags, cursor, first document, number of documents; or flags and the kind of the section.
  const between = Buffer.alloc(isQuery ? 20 : 5);
  if (isQuery) between.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + between.length + body.length, 0);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, between, body]);
}
