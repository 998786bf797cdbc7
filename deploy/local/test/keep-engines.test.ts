import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cyberstroll/testkit';
import type { Engine } from '../src/engines/engine';
import { createRedisEngine } from '../src/engines/redis';
import { removeFolder } from '../src/remove-folder';
import { type EngineWatch, type EngineWatchOptions, keepEngines } from '../src/stack/keep-engines';

let dir: string;
let engine: Engine;
let watch: EngineWatch;
let messages: string[];

async function start(options: Partial<EngineWatchOptions> = {}): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), 'keep-engines-'));
  engine = await createRedisEngine(dir);
  await engine.start();
  messages = [];
  const timing = { baseMs: 20, capMs: 80, stableMs: 3_600_000 };
  watch = keepEngines([engine], { timing, log: (text) => messages.push(text), onChange: () => {}, ...options });
}
afterEach(async () => {
  await watch.stop(() => engine.kill());
  expect(engine.pid).toBeUndefined();
  await removeFolder(dir);
});

it('starts an engine that was killed again, waiting longer each time, and not one that its owner killed', async () => {
  await start();
  for (const wait of ['0.02', '0.04']) {
    const { pid } = engine;
    process.kill(pid!, 'SIGKILL');
    await eventually(() => expect(messages).toContain(`redis ended (SIGKILL); starting it again in ${wait} s`));
    await eventually(() => expect(messages.at(-1)).toBe(`redis started again (pid ${engine.pid})`));
    expect(engine.pid).not.toBe(pid);
  }
  const count = messages.length;
  await engine.kill();
  await engine.start();
  await engine.restart();
  expect(messages).toHaveLength(count);
});

it('restarts an engine in good order that uses more memory than it may', async () => {
  await start({ maxBytes: { redis: 1_000_000 }, lookMs: 50 });
  const { pid } = engine;
  await eventually(() => expect(messages.at(-1)).toMatch(/^redis started again/));
  expect(messages[0]).toMatch(/^redis ended \(stopped: it used \d+ MB of memory, 1 MB at most\); starting it again/);
  expect(engine.pid).not.toBe(pid);
});
