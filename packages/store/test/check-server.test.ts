import {
  createQueuedTask,
  createTcpProxy,
  createTestbed,
  recordCommands,
  type Testbed,
  testLogger,
} from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createStore, inspectStore } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

/** The real server, with its requests and its replies changed in place. */
async function createLookalike({ see = () => undefined, alter = () => undefined }: Lookalike) {
  const proxy = await createTcpProxy(testbed.mongodb_uri, () => ({
    see,
    alter(reply) {
      alter(reply);
      return reply;
    },
  }));
  const uri = new URL(proxy.url);
  uri.searchParams.set('directConnection', 'true');
  uri.searchParams.set('monitorCommands', 'true');
  return { uri: String(uri), close: proxy.close };
}

interface Lookalike {
  see?: (request: Buffer) => void;
  alter?: (reply: Buffer) => void;
}

/** Nobody knows a field that has another name. One of the same length leaves the message whole. */
const without = (field: string) => (bytes: Buffer) => {
  for (let at = bytes.indexOf(field); at >= 0; at = bytes.indexOf(field, at)) bytes.write('x', at);
};

/** No write has the number of another. The numbers of a session rise, and a transaction keeps its own. */
function createRenumbering(): (request: Buffer) => void {
  let sent = 0n;
  return (request) => {
    const at = request.indexOf('txnNumber\0');
    if (at < 0) return;
    const place = at + 'txnNumber\0'.length;
    const last = request.includes('autocommit') ? 999n : sent++;
    request.writeBigInt64LE(request.readBigInt64LE(place) * 1_000n + last, place);
  };
}

const LOOKALIKES = [
  {
    name: 'runs a write twice that is sent again',
    server: { see: createRenumbering(), alter: without('secantusVersion') },
    fault: 'it carries out a write twice that is sent again with the same lsid and txnNumber',
  },
  {
    name: 'gives no error labels',
    server: { alter: without('errorLabels') },
    fault: 'it answers WriteConflict (112) without the label TransientTransactionError',
  },
];

it.each(LOOKALIKES)(
  'a service does not start on a server that $name, and doctor says so',
  async ({ server, fault }) => {
    const lookalike = await createLookalike(server);
    try {
      const store = createStore({ uri: lookalike.uri, instance: 'test', logger: testLogger });
      await expect(store.start()).rejects.toMatchObject({
        code: 'mongodb_unsupported',
        kind: 'fatal',
        message: expect.stringContaining(fault),
      });
      await store.stop();
      const diagnoses = await inspectStore({ uri: lookalike.uri, selectMs: 60_000 });
      expect(diagnoses.find(({ check }) => check === 'mongodb transactions')).toMatchObject({
        verdict: 'fail',
        found: expect.stringContaining(fault),
      });
    } finally {
      await lookalike.close();
    }
  },
);

it('a server that does not say at which time a snapshot session reads is read in transactions', async () => {
  const lookalike = await createLookalike({ alter: without('atClusterTime') });
  const store = createStore({ uri: lookalike.uri, instance: 'test', logger: testLogger });
  try {
    await store.start();
    const taskId = await createQueuedTask(store, '10.0.0.0/30');
    const recording = recordCommands();
    await store.tasks.getTaskWithProgress(taskId);
    recording.stop();
    const reads = recording.commands.filter(({ filters }) => JSON.stringify(filters).includes(taskId));
    expect(reads.map(({ collection }) => collection).sort()).toEqual(['task_progress', 'tasks']);
    expect(new Set(reads.map(({ transaction }) => transaction))).toEqual(new Set([expect.any(String)]));
  } finally {
    await store.stop();
    await lookalike.close();
  }
});

it('leaves no document of its own', async () => {
  const store = createStore({ uri: testbed.mongodb_uri, instance: 'test', logger: testLogger });
  await store.start();
  await store.stop();
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  try {
    expect(await connection.collection('server_checks').find().toArray()).toEqual([]);
  } finally {
    await connection.close();
  }
});
