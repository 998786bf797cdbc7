import type { Bench } from '../bench/bench';

/** Sends a job of one open host and waits for its result: the node is there and works. */
export async function showThatItWorks(bench: Bench): Promise<void> {
  const job = bench.createJob('open', 1);
  bench.sendJob(job);
  await bench.waitForEnd(job, 25_000);
}
