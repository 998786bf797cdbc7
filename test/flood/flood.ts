/**
 * `npm run flood`: what the system does with many times the updates that it can apply. MongoDB answers the updater
 * slowly, so that what it sustains is little; then that is offered many times over, while a subscriber watches, tasks
 * are created and read; then MongoDB recovers, and everything must be applied, once. Exits 1 where a promise was
 * broken, and names it.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, startEngines } from '@cyberstroll/local';
import { findBrokenPromises } from './find-broken-promises';
import { parseOptions } from './options';
import { runFlood, startFloodSystem } from './run-flood';
import { toTable } from './table';

const print = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<boolean> {
  const { json, ...options } = parseOptions(process.argv.slice(2));
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-flood-'));
  print('starting a stack whose updater reaches MongoDB by way of a proxy …');
  const engines = await startEngines({ dir: join(dir, 'engines') });
  const database = new URL(engines.mongodb_uri);
  database.pathname = '/cyberstroll';
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort()).once('SIGTERM', () => interruption.abort());
  try {
    const system = await startFloodSystem({
      dir: join(dir, 'stack'),
      engines: { ...engines, mongodb_uri: database.href },
      environment: { ...process.env, LOG_LEVEL: 'warn' },
      signal: interruption.signal,
    });
    try {
      const figures = await Promise.race([runFlood(system, options, print), rejectOn(interruption.signal)]);
      const broken = findBrokenPromises(figures);
      process.stdout.write(json ? `${JSON.stringify({ ...figures, broken })}\n` : toTable(figures));
      for (const promise of broken) print(`broken: ${promise}`);
      return broken.length === 0;
    } finally {
      await (interruption.signal.aborted ? system.stack.kill() : system.stop());
    }
  } finally {
    await engines.stop();
    await removeFolder(dir);
  }
}

const rejectOn = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
  });

main().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    print(`flood: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  },
);
