/**
 * What an error of MongoDB means for its caller. An error is final only if the same call fails again after any wait: a
 * fault of the data, or of the command itself. Every other error is transient, also one that this file does not know:
 * an election, a server that stops, cache pressure, load shedding, an operation that was killed, writes that are
 * blocked for a migration, credentials that are being rotated. So a message is never given up because the database
 * could not take it at that moment.
 */
import { AppError } from '@cyberstroll/runtime';
import { Error as MongooseError, mongo } from 'mongoose';

/** By code, as the server's `src/mongo/base/error_codes.yml` names them. */
const FINAL_CODES: ReadonlySet<unknown> = new Set([
  // A value that no command accepts, or a document that cannot be read.
  2, // BadValue
  9, // FailedToParse
  14, // TypeMismatch
  15, // Overflow: nested too deeply, a number out of range
  16, // InvalidLength
  22, // InvalidBSON
  241, // ConversionFailure
  357, // InvalidBSONType
  378, // NonConformantBSON
  // A field name that is not allowed, or an update that does not fit the document.
  28, // PathNotViable
  30, // InvalidPath
  40, // ConflictingUpdateOperators
  52, // DollarPrefixedFieldName
  53, // InvalidIdField
  54, // NotSingleValueField
  55, // InvalidDBRef
  56, // EmptyFieldName
  57, // DottedFieldName
  61, // ShardKeyNotFound
  66, // ImmutableField
  // Documents that a collection refuses. A caller that expects a duplicate handles it before.
  121, // DocumentValidationFailure
  171, // CannotIndexParallelArrays
  201, // CannotBuildIndexKeys
  11_000, // DuplicateKey
  // Too large. A batch with this error is tried message by message.
  257, // TransactionTooLarge
  10_334, // BSONObjectTooLarge
  17_280, // KeyTooLong, of old servers
  17_419, // a document too large after its update: servers before BSONObjectTooLarge was said here
  17_420,
  // An index that conflicts with one of ours: found at start, and fixed by an operator.
  67, // CannotCreateIndex
  85, // IndexOptionsConflict
  86, // IndexKeySpecsConflict
  197, // InvalidIndexSpecificationOption
]);

/**
 * Errors that the driver throws itself: the call, the URI or the installation is wrong, and stays wrong until the
 * process is replaced.
 */
const FINAL_CLASSES = [
  mongo.MongoInvalidArgumentError,
  mongo.MongoParseError,
  mongo.MongoMissingDependencyError,
] as const;

/** Labels with which a server or the driver says that the same call may be sent again, whatever its code. */
const RETRY_LABELS = [
  'RetryableWriteError',
  'TransientTransactionError',
  'UnknownTransactionCommitResult',
  'SystemOverloadedError',
  'RetryableError',
];

/** Whether the same call may succeed later. */
export function isTransient(error: unknown): boolean {
  // Mongoose's own error for a server that it does not find while it connects.
  if (error instanceof MongooseError.MongooseServerSelectionError) return true;
  if (!(error instanceof mongo.MongoError)) return isNameLookup(error);
  if (RETRY_LABELS.some((label) => error.hasErrorLabel(label))) return true;
  // The error of a bulk write wraps the error that caused it.
  const { errorResponse } = error as mongo.MongoServerError;
  if (error instanceof mongo.MongoBulkWriteError && errorResponse instanceof mongo.MongoError) {
    return isTransient(errorResponse);
  }
  return !FINAL_CODES.has(error.code) && !FINAL_CLASSES.some((finalClass) => error instanceof finalClass);
}

/** Node looks up the names of a `mongodb+srv` URI, and throws its own errors. */
const isNameLookup = (error: unknown): boolean =>
  String((error as NodeJS.ErrnoException | undefined)?.syscall).startsWith('query');

/**
 * The operation was ended from outside, and its transaction with it: another process ended the session, an operator
 * killed it, or it was open for longer than `transactionLifetimeLimitSeconds`. The server sets no label on these
 * errors.
 */
const ENDED_CODES: ReadonlySet<unknown> = new Set([
  43, // CursorNotFound
  237, // CursorKilled
  290, // TransactionExceededLifetimeLimitSeconds
  11_601, // Interrupted
  46_841, // ClientMarkedKilled
]);

export const wasEnded = (error: unknown): error is mongo.MongoError =>
  error instanceof mongo.MongoError && ENDED_CODES.has(error.code);

/** The operation took longer than its `maxTimeMS`. */
const TOO_SLOW_CODES: ReadonlySet<unknown> = new Set([
  50, // MaxTimeMSExpired
  262, // ExceededTimeLimit
]);

export const isTooSlow = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && TOO_SLOW_CODES.has(error.code);

/** The code of a write, or of one write of a bulk, whose key exists. */
export const DUPLICATE_KEY = 11_000;

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

export const WRITE_CONFLICT = 112;

/** Another writer has changed, or made, a document that this transaction writes. */
export const isCollision = (error: unknown): boolean =>
  isDuplicateKey(error) || (error instanceof mongo.MongoServerError && error.code === WRITE_CONFLICT);

type AsyncMethods<Repository> = { [Method in keyof Repository]: (...args: never[]) => Promise<unknown> };

/** The same repositories with the same methods. Every rejection goes through `toStoreError`. */
export function withStoreErrorsInEach<
  Repositories extends { [Name in keyof Repositories]: AsyncMethods<Repositories[Name]> },
>(repositories: Repositories): Repositories {
  const wrapped = Object.entries<object>(repositories).map(([name, methods]) => [name, withStoreErrors(methods)]);
  return Object.fromEntries(wrapped) as Repositories;
}

function withStoreErrors(methods: object): object {
  const wrapped = Object.entries(methods).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await method(...args);
      } catch (error) {
        throw toStoreError(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}

/**
 * Turns an error of the driver into ours, with the answer of the database. A final error is returned unchanged: it is
 * a bug.
 */
export function toStoreError(error: unknown): unknown {
  if (!isTransient(error)) return error;
  const answer = findAnswer(error);
  const detail = answer === undefined ? {} : { detail: `it answers ${answer}` };
  return new AppError('mongodb_unavailable', detail, { cause: error });
}

/**
 * For example `Unauthorized (13)`. Undefined if no server has answered. The error's text may name hosts and users: it
 * only goes to the log.
 */
function findAnswer(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof mongo.MongoServerError) || cause.code === undefined) continue;
    return `${cause.codeName ?? 'an error'} (${cause.code})`;
  }
  return undefined;
}
