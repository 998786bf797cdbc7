/**
 * A loopback proxy before MongoDB that answers as mongod does where two open transactions write the same document: the
 * second write fails at once with WriteConflict, and its transaction is aborted. SecantusDB lets it wait for the end of
 * the first one instead, so that a second writer costs time there, but no work.
 *
 * It knows the documents whose `_id` a write names. Every other write reaches the server as it is.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { mongo } from 'mongoose';
import { HEADER_BYTES, OP_MSG, toMongoReply } from './mongo-reply';

export type MongoConflicts = Awaited<ReturnType<typeof createMongoConflicts>>;

export interface TransactionCounts {
  /** Committed with at least one write. */
  readonly committed: number;
  /** Those of them that were aborted before, once or more often. */
  readonly retried: number;
  /** Documents that they wrote. */
  readonly documents: number;
  /** Writes that were answered with WriteConflict. */
  readonly conflicts: number;
}

/** Starts the proxy before the server of this URI, which names one host. */
export async function createMongoConflicts(mongodbUri: string) {
  const server = new URL(mongodbUri);
  const locks = createDocumentLocks();
  const counts = new Set<Record<keyof TransactionCounts, number>>();
  const sockets = new Set<Socket>();
  const count = (name: keyof TransactionCounts, by = 1) => {
    for (const each of counts) each[name] += by;
  };

  const listener = createServer((client) => {
    const upstream = connect(Number(server.port), server.hostname);
    /** By the id of the request: what is to be done when its reply is here. */
    const ending = new Map<number, () => void>();
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        end();
        sockets.delete(socket);
      });
    }
    client.on(
      'data',
      inMessages((request) => {
        const command = readCommand(request);
        if (!command) return void upstream.write(request);
        const { session, name } = command;
        if (name === 'commitTransaction' || name === 'abortTransaction') {
          ending.set(request.readInt32LE(4), () => {
            const committed = locks.end(session, name === 'commitTransaction');
            if (!committed) return;
            count('committed');
            count('documents', committed.documents);
            if (committed.wasAborted) count('retried');
          });
        } else if (!locks.take(session, command.documents)) {
          count('conflicts');
          return void client.write(toMongoReply(request, WRITE_CONFLICT));
        }
        upstream.write(request);
      }),
    );
    upstream.on(
      'data',
      inMessages((reply) => {
        const request = reply.readInt32LE(8);
        ending.get(request)?.();
        ending.delete(request);
        client.write(reply);
      }),
    );
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(mongodbUri);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((listener.address() as AddressInfo).port);
  return {
    /** The server's URI by way of the proxy. */
    url: proxied.href,
    /** Transactions that wrote, from now on. The counts rise. */
    count(): TransactionCounts {
      const counted = { committed: 0, retried: 0, documents: 0, conflicts: 0 };
      counts.add(counted);
      return counted;
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

const WRITE_CONFLICT = {
  ok: 0,
  code: 112,
  codeName: 'WriteConflict',
  errmsg: 'Caused by :: Write conflict during plan execution and yielding is disabled.',
  errorLabels: ['TransientTransactionError'],
};

/** Which open transaction has written which document. A session has one transaction at a time. */
function createDocumentLocks() {
  const holders = new Map<string, string>();
  const held = new Map<string, Set<string>>();
  /** Sessions whose last transaction wrote, and was aborted. */
  const aborted = new Set<string>();

  /** The number of documents that it had written. */
  function release(session: string): number {
    const documents = held.get(session) ?? new Set();
    held.delete(session);
    for (const document of documents) holders.delete(document);
    return documents.size;
  }

  return {
    /** False where another transaction has one of them: this one is then aborted. */
    take(session: string, documents: readonly string[]): boolean {
      const isFree = documents.every((document) => (holders.get(document) ?? session) === session);
      if (!isFree) {
        release(session);
        aborted.add(session);
        return false;
      }
      if (documents.length === 0) return true;
      const mine = held.get(session) ?? new Set();
      held.set(session, mine);
      for (const document of documents) {
        mine.add(document);
        holders.set(document, session);
      }
      return true;
    },
    /** What has committed; undefined if it wrote nothing, or was aborted. */
    end(session: string, commits: boolean): { documents: number; wasAborted: boolean } | undefined {
      const documents = release(session);
      if (!commits && documents > 0) aborted.add(session);
      if (!commits) return undefined;
      const wasAborted = aborted.delete(session);
      return documents > 0 ? { documents, wasAborted } : undefined;
    },
  };
}

interface TransactionCommand {
  name: string;
  session: string;
  /** That it writes, and names by `_id`. */
  documents: string[];
}

/** Where a write has its documents, or the filters that name them. */
const WRITES: Readonly<Record<string, string>> = { insert: 'documents', update: 'updates', delete: 'deletes' };

/** A command in a transaction. */
function readCommand(request: Buffer): TransactionCommand | undefined {
  if (request.readInt32LE(12) !== OP_MSG || !request.includes('autocommit')) return undefined;
  let body: Elements | undefined;
  const sequences = new Map<string, Buffer[]>();
  for (let at = HEADER_BYTES + 4; at < request.length; ) {
    const isBody = request[at] === 0;
    const bytes = request.subarray(at + 1, at + 1 + request.readInt32LE(at + 1));
    if (isBody) body = readElements(bytes);
    else {
      const nameEnd = bytes.indexOf(0, 4);
      sequences.set(bytes.toString('utf8', 4, nameEnd), splitDocuments(bytes.subarray(nameEnd + 1)));
    }
    at += 1 + bytes.length;
  }
  const [first] = body ?? [];
  const session = body?.get('lsid');
  if (!first || !session || !body?.has('autocommit')) return undefined;
  const [name, collection] = first;
  const field = WRITES[name];
  const written = field === undefined ? [] : (sequences.get(field) ?? readArray(body.get(field)));
  return {
    name,
    session: session.toString('latin1'),
    documents: written.flatMap((bytes) => {
      const document = readElements(bytes);
      const id = (name === 'insert' ? document : readElements(document.get('q')!)).get('_id');
      return id ? `${collection.toString('latin1')} ${id.toString('latin1')}` : [];
    }),
  };
}

type Elements = Map<string, Buffer>;

/** The elements of a document by name, as bytes. */
function readElements(bytes: Buffer): Elements {
  const elements: Elements = new Map();
  for (const [, nameAt, nameLength, at, length] of mongo.BSON.onDemand.parseToElements(bytes))
    elements.set(bytes.toString('utf8', nameAt, nameAt + nameLength), bytes.subarray(at, at + length));
  return elements;
}

const readArray = (bytes: Buffer | undefined): Buffer[] => (bytes ? [...readElements(bytes).values()] : []);

function splitDocuments(bytes: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at))
    documents.push(bytes.subarray(at, at + bytes.readInt32LE(at)));
  return documents;
}

/** Calls back with each whole message of a stream of chunks. */
function inMessages(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= HEADER_BYTES) {
      if (chunks[0]!.length < 4) chunks = [Buffer.concat(chunks)];
      const size = chunks[0]!.readInt32LE(0);
      if (length < size) return;
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      take(all.subarray(0, size));
      length -= size;
      chunks = length > 0 ? [all.subarray(size)] : [];
    }
  };
}
