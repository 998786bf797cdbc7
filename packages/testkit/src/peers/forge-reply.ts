/**
 * Replies of MongoDB that no single server gives when a test wants them: errors of an election, of cache pressure, of
 * load shedding, of credentials that are refused. A TCP proxy before MongoDB answers in its place, or changes what it
 * answers.
 *
 * It reads the beginning of each OP_MSG: the command's name and its collection. What it does not show: what a real
 * server does besides (a primary that steps down rolls back what its successor lacks; an interrupted transaction is
 * aborted).
 */
import { HEADER_BYTES, OP_MSG, toMongoReply } from './mongo-reply';
import type { TcpProxy } from './tcp-proxy';

/** A command as the proxy sees it. */
export interface MongoCommand {
  /** `find`, `insert`, `commitTransaction`, ... */
  name: string;
  /** The collection it names first, where it names one. */
  collection: string | undefined;
  inTransaction: boolean;
  /** A write outside a transaction that the driver may send once more. */
  isRetryable: boolean;
}

export interface ForgedReply {
  code: number;
  codeName?: string;
  /** Error labels; a function where they differ by command, as a server's do. Default: none. */
  labels?: readonly string[] | ((command: MongoCommand) => readonly string[]);
  errmsg?: string;
  /**
   * `command`: the command failed (`ok: 0`), the default. `write`: it ran, and its first write failed (`writeErrors`).
   * `writeConcern`: it ran, and was not confirmed (`writeConcernError`).
   */
  as?: 'command' | 'write' | 'writeConcern';
}

export interface ForgeOptions {
  /** Which commands are answered so. Default: all but those by which drivers and servers watch each other. */
  of?: readonly string[] | ((command: MongoCommand, request: Buffer) => boolean);
  /** It ends after this number of commands. Default: never. */
  times?: number;
  /**
   * The command reaches the server, and only its reply is forged. For commands with a reply of one chunk. Default:
   * false.
   */
  arrives?: boolean;
}

export interface Forgery {
  /** The commands that were answered so. */
  readonly answered: readonly (MongoCommand & { code: number })[];
  /** From now on the server's own replies pass again. */
  end(): void;
}

/** The command is the first element of the document: after flags, kind of section, and length of the document. */
const FIRST_ELEMENT = HEADER_BYTES + 4 + 1 + 4;
const BSON_STRING = 2;
const WATCHING = new Set(['hello', 'isMaster', 'ismaster', 'saslStart', 'saslContinue', 'endSessions']);

/**
 * Forges replies until `end()`, or until `times`. With several `replies` each command gets the next one, round and
 * round.
 */
export function forgeReply(
  proxy: Pick<TcpProxy, 'intercept'>,
  replies: ForgedReply | readonly ForgedReply[],
  { of, times = Number.POSITIVE_INFINITY, arrives = false }: ForgeOptions = {},
): Forgery {
  const all = Array.isArray(replies) ? (replies as readonly ForgedReply[]) : [replies as ForgedReply];
  const answered: (MongoCommand & { code: number })[] = [];
  const isMeant = (command: MongoCommand, request: Buffer) => {
    if (typeof of === 'function') return of(command, request);
    return of ? of.includes(command.name) : !WATCHING.has(command.name);
  };
  const end = interceptCommands(proxy, (command, request) => {
    if (answered.length >= times || !isMeant(command, request)) return undefined;
    const reply = all[answered.length % all.length]!;
    answered.push({ ...command, code: reply.code });
    return { reply: toReply(request, command, reply), arrives };
  });
  return { answered, end };
}

/** From now on each write, and each commit, arrives that many milliseconds late. Returns what ends it. */
export function delayWrites(proxy: Pick<TcpProxy, 'intercept'>, afterMs: number): () => void {
  return interceptCommands(proxy, ({ name }) => (WRITES.has(name) ? { afterMs } : undefined));
}
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'commitTransaction', 'abortTransaction']);

type Interception = ReturnType<Parameters<TcpProxy['intercept']>[0]>;

/** A command that is longer than one chunk is answered at its first; the rest of it is dropped then. */
function interceptCommands(
  proxy: Pick<TcpProxy, 'intercept'>,
  answer: (command: MongoCommand, request: Buffer) => Interception,
): () => void {
  /** By connection: bytes of a message that are still to come, and whether they are dropped. */
  const remainders = new WeakMap<object, { bytes: number; isDropped: boolean }>();
  return proxy.intercept((request, connection) => {
    const rest = remainders.get(connection);
    if (rest && rest.bytes > 0) {
      rest.bytes -= request.length;
      return rest.isDropped ? { reply: Buffer.alloc(0) } : undefined;
    }
    const command = readCommand(request);
    if (!command) return undefined;
    const answered = answer(command, request);
    const isDropped = answered !== undefined && 'reply' in answered && answered.arrives !== true;
    remainders.set(connection, { bytes: request.readInt32LE(0) - request.length, isDropped });
    return answered;
  });
}

function readCommand(request: Buffer): MongoCommand | undefined {
  if (request.length < FIRST_ELEMENT + 2 || request.readInt32LE(12) !== OP_MSG) return undefined;
  const nameEnd = request.indexOf(0, FIRST_ELEMENT + 1);
  const isString = request[FIRST_ELEMENT] === BSON_STRING;
  const value = nameEnd + 1 + 4;
  return {
    name: request.toString('utf8', FIRST_ELEMENT + 1, nameEnd),
    collection: isString ? request.toString('utf8', value, request.indexOf(0, value)) : undefined,
    inTransaction: request.includes('autocommit'),
    isRetryable: request.includes('txnNumber') && !request.includes('autocommit'),
  };
}

function toReply(
  request: Buffer,
  command: MongoCommand,
  { labels = [], as = 'command', ...reply }: ForgedReply,
): Buffer {
  const { code, codeName, errmsg = `forged: ${codeName ?? code}` } = reply;
  const error = { code, ...(codeName !== undefined && { codeName }), errmsg };
  const errorLabels = [...(typeof labels === 'function' ? labels(command) : labels)];
  const documents = {
    command: { ok: 0, ...error, ...(errorLabels.length > 0 && { errorLabels }) },
    write: { ok: 1, n: 0, nModified: 0, writeErrors: [{ index: 0, ...error }] },
    writeConcern: { ok: 1, n: 1, writeConcernError: error, ...(errorLabels.length > 0 && { errorLabels }) },
  };
  return toMongoReply(request, documents[as]);
}
