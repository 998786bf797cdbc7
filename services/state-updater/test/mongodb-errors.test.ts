/**
 * What MongoDB answers while it cannot take a write just now, forged by a proxy before the updaters: nothing is
 * dead-lettered, and all is applied once when the answers end. Each command is refused until every code was given, one
 * after the other. With MONGODB_ERRORS=each every code of every command is alone (some minutes altogether).
 */
import { eventually, type ForgedReply, forgeReply } from '@cyberstroll/testkit';
import { type Fixture, setup, toCompleted } from './setup';

const EACH = process.env['MONGODB_ERRORS'] === 'each';

const OVERLOADED = ['SystemOverloadedError', 'RetryableError'];
const IN_TRANSACTION = ['TransientTransactionError'];
const UNLABELLED: ForgedReply[] = [
  { code: 11_601, codeName: 'Interrupted' },
  { code: 290, codeName: 'TransactionExceededLifetimeLimitSeconds' },
  { code: 365, codeName: 'TemporarilyUnavailable' },
  { code: 388, codeName: 'TransactionTooLargeForCache' },
  { code: 133, codeName: 'FailedToSatisfyReadPreference' },
  { code: 202, codeName: 'NetworkInterfaceExceededTimeLimit' },
  { code: 64, codeName: 'WriteConcernTimeout' },
  { code: 371, codeName: 'UserWritesBlocked' },
  { code: 13, codeName: 'Unauthorized' },
  { code: 18, codeName: 'AuthenticationFailed' },
  { code: 391, codeName: 'ReauthenticationRequired' },
  { code: 8_000, codeName: 'AtlasError' },
  { code: 10_107, codeName: 'NotWritablePrimary' },
  // Of a server that is newer than this code.
  { code: 499, codeName: 'NotYetInvented' },
];
const LABELLED: ForgedReply[] = [
  { code: 462, codeName: 'IngressRequestRateLimitExceeded', labels: OVERLOADED },
  { code: 433, codeName: 'AdmissionQueueOverflow', labels: OVERLOADED },
  { code: 251, codeName: 'NoSuchTransaction', labels: IN_TRANSACTION },
  { code: 112, codeName: 'WriteConflict', labels: IN_TRANSACTION },
  { code: 246, codeName: 'SnapshotUnavailable', labels: IN_TRANSACTION },
];
/** The commit has happened all the same. */
const AFTER_COMMIT: ForgedReply[] = [
  { code: 64, codeName: 'WriteConcernTimeout', as: 'writeConcern' },
  { code: 91, codeName: 'ShutdownInProgress', as: 'writeConcern' },
  { code: 11_601, codeName: 'Interrupted' },
  { code: 11_602, codeName: 'InterruptedDueToReplStateChange', labels: ['RetryableWriteError'] },
  { code: 202, codeName: 'NetworkInterfaceExceededTimeLimit' },
];

const ROWS: { name: string; command: string; replies: ForgedReply[]; arrives?: boolean }[] = [
  { name: 'find', command: 'find', replies: [...UNLABELLED, ...LABELLED] },
  { name: 'insert', command: 'insert', replies: [...UNLABELLED, ...LABELLED] },
  { name: 'commit', command: 'commitTransaction', replies: [...UNLABELLED, ...LABELLED] },
  { name: 'commit that has happened', command: 'commitTransaction', replies: AFTER_COMMIT, arrives: true },
];

const running: Fixture[] = [];
const start = async (updaters: number) => {
  const started = await setup({ updaters, variables: { BATCH_ENVELOPES: '4', PREFETCH: '8' } });
  running.push(started);
  return started;
};
afterAll(() => Promise.all(running.map(({ cleanup }) => cleanup())));

/** Refuses a command until each reply was given, while updates come. */
async function refuse(
  system: Fixture,
  { name, command, arrives = false }: (typeof ROWS)[number],
  replies: ForgedReply[],
) {
  const taskId = await system.createTask('127.0.0.0/25');
  const outage = forgeReply(system.proxy, replies, { of: [command], arrives });
  const send = async (from: number, to: number) => {
    for (let first = from; first < to; first += 4) {
      await system.send([0, 1, 2, 3].map((i) => toCompleted(taskId, first + i)));
    }
  };
  await send(0, 64);
  const codes = replies.map(({ code }) => code);
  await eventually(() =>
    expect([name, [...new Set(outage.answered.map(({ code }) => code))].sort()]).toEqual([name, codes.sort()]),
  );
  await send(64, 128);
  outage.end();
  await system.expectApplied(taskId, 128);
  expect([name, system.deadLetters]).toEqual([name, []]);
}

it(
  'keeps every update while MongoDB refuses a command, whatever it answers, and applies each once afterwards',
  async () => {
    const systems = await Promise.all(ROWS.map(() => start(2)));
    const rows = await Promise.allSettled(
      ROWS.map(async (row, i) => {
        const turns = EACH ? row.replies.map((reply) => [reply]) : [row.replies];
        for (const replies of turns) await refuse(systems[i]!, row, replies);
      }),
    );
    const failures = rows.flatMap((row) => (row.status === 'rejected' ? [String(row.reason.message)] : []));
    expect(failures).toEqual([]);
  },
  EACH ? 900_000 : undefined,
);
