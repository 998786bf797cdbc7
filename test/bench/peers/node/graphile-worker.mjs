/** graphile-worker, with its settings for many short jobs. It deletes a job that has ended, and keeps no result. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { concurrency, runPeer, url } from './run-peer.mjs';

let handled = 0;
const client = new pg.Client({ connectionString: url });
await client.connect();
const logger = new Logger(() => () => undefined);
const utils = await makeWorkerUtils({ connectionString: url, logger });
await utils.migrate();
await run({
  logger,
  noHandleSignals: true,
  taskList: {
    scan: async () => {
      handled += 1;
    },
  },
  preset: {
    worker: {
      connectionString: url,
      concurrentJobs: concurrency,
      maxPoolSize: 10,
      localQueue: { size: 2 * concurrency },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
});
let added = 0;
await runPeer({
  async add(some) {
    added += some.length;
    await utils.addJobs(some.map((payload) => ({ identifier: 'scan', payload })));
  },
  countHandled: () => handled,
  async countEnded() {
    const { rows } = await client.query('SELECT count(*) FROM graphile_worker._private_jobs');
    return added - Number(rows[0].count);
  },
});
