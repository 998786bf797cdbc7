/** pg-boss. Two workers, as two nodes, fetch and complete jobs in batches. Each job keeps its own result. */
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { concurrency, RESULT, runPeer, url } from './run-peer.mjs';

const WORKERS = 2;
const QUEUE = 'scan';

const boss = new PgBoss({ connectionString: url, useListenNotify: true });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue(QUEUE, { notify: true });
const client = new pg.Client({ connectionString: url });
await client.connect();
let handled = 0;
const options = {
  batchSize: concurrency / WORKERS,
  localConcurrency: WORKERS,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
  perJobResults: true,
};
await boss.work(QUEUE, options, async (batch) => {
  handled += batch.length;
  return batch.map(({ id }) => ({ id, status: 'completed', output: RESULT }));
});
await runPeer({
  add: (some) =>
    boss.insert(
      QUEUE,
      some.map((data) => ({ data })),
    ),
  countHandled: () => handled,
  async countEnded() {
    const { rows } = await client.query("SELECT count(*) FROM pgboss.job WHERE state = 'completed'");
    return Number(rows[0].count);
  },
});
