/**
 * What the peers in Node have in common: `node <peer>.mjs <jobs> <concurrency> <warm-up>`, with the database's
 * address in PEER_URL, runs the jobs of the warm-up and then the jobs, and prints jobs per second of these as JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Jobs that one call adds. */
const BULK = 1_000;
const LOOK_EVERY_MS = 20;
/** What a scan finds that finds nothing. */
export const RESULT = { open_ports: [], services: [], response_time: 0 };

const [jobs, concurrent, warmUp] = process.argv.slice(2).map(Number);
export const concurrency = concurrent;
export const url = process.env.PEER_URL;

/**
 * Prints jobs per second, from the first `add` until `countEnded` says that the database has the end of all. It is
 * asked only after `countHandled` has seen all.
 */
export async function runPeer({ add, countHandled, countEnded }) {
  let wanted = 0;
  const run = async (n) => {
    wanted += n;
    const begun = performance.now();
    for (let first = 0; first < n; first += BULK) {
      await add(Array.from({ length: Math.min(BULK, n - first) }, (_, i) => ({ ip: first + i })));
    }
    while (countHandled() < wanted) await delay(LOOK_EVERY_MS);
    while ((await countEnded()) < wanted) await delay(LOOK_EVERY_MS);
    return (n * 1_000) / (performance.now() - begun);
  };
  await run(warmUp);
  console.log(JSON.stringify({ jobs_per_second: await run(jobs) }));
  process.exit(0);
}
