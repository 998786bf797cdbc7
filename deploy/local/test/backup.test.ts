/** `cyberstroll backup` and `restore` of the volume of the local stack, with its real MongoDB and no services. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { startCli } from '../../../test/e2e/run-cli';
import type { Engine } from '../src/engines/engine';
import { createMongodbEngine } from '../src/engines/mongodb';
import { removeFolder } from '../src/remove-folder';

let dir: string;
let mongodb: Engine;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'volume-'));
  mongodb = await createMongodbEngine(join(dir, '.local/engines/mongodb'));
  await mongodb.start();
});
afterAll(async () => {
  await mongodb?.stop();
  await removeFolder(dir);
});

const start = (words: string[], PATH = process.env['PATH']!) => startCli(words, dir, { PATH }).ended;
const run = (...words: string[]) => start(words);

async function withNotes<Result>(use: (notes: mongo.Collection<{ _id: number }>) => Promise<Result>): Promise<Result> {
  const client = new mongo.MongoClient(mongodb.url);
  try {
    return await use(client.db('notes').collection<{ _id: number }>('notes'));
  } finally {
    await client.close();
  }
}

it('copies the volume while MongoDB is paused, and puts it back once the stack has stopped', async () => {
  await withNotes((notes) => notes.insertOne({ _id: 1 }));
  expect(await run('backup', 'one.backup')).toMatchObject({ code: 0, stderr: expect.stringContaining('is paused') });
  await withNotes((notes) => notes.insertOne({ _id: 2 }));

  const refused = await run('restore', 'one.backup', '--yes');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`runs: mongodb (${mongodb.pid}).`) });
  await mongodb.stop();
  const queues = join(dir, '.local/engines/rabbitmq');
  mkdirSync(queues);
  // An earlier run was killed when it had deleted the data.
  rmSync(join(dir, '.local/engines/mongodb/data'), { recursive: true });
  expect(await run('restore', 'one.backup', '--yes')).toMatchObject({ code: 0 });
  expect(existsSync(queues)).toBe(false);
  await mongodb.start();
  expect(await withNotes((notes) => notes.find().toArray())).toEqual([{ _id: 1 }]);
});

it('resumes MongoDB where the copy fails', async () => {
  const failed = await start(['backup', 'two.backup'], '/none');
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('tar is not on the PATH') });
  expect(readFileSync(`/proc/${mongodb.pid}/status`, 'utf8')).not.toMatch(/^State:\s+T/m);
});
