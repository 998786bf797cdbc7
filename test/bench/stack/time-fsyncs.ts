import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(4_096);
/** A p99.9 needs a thousand. */
const WRITES = 2_000;
const LIMIT_MS = 10_000;

/** Milliseconds of each fsync of a block of 4 kB, in a file of its own in `dir`: 2,000, or as many as end in 10 s. */
export async function timeFsyncs(dir: string): Promise<number[]> {
  const path = join(dir, 'fsyncs');
  const file = await open(path, 'w');
  const times: number[] = [];
  try {
    const end = performance.now() + LIMIT_MS;
    while (times.length < WRITES && performance.now() < end) {
      await file.write(BLOCK);
      const begun = performance.now();
      await file.sync();
      times.push(performance.now() - begun);
    }
    return times;
  } finally {
    await file.close();
    await rm(path);
  }
}
