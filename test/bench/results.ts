/**
 * `npm run bench:results`: how much memory task-api needs to send every result of a large table, as NDJSON and as CSV,
 * and how long it takes. A whole stack without nodes; this program writes the results and reads the streams. Nothing
 * here asserts a figure.
 */
import { createHash } from 'node:crypto';
import { toSubTaskId } from '@cyberstroll/contracts';
import type { StackDescription } from '@cyberstroll/local';
import { Command } from 'commander';
import mongoose from 'mongoose';
import { createBenchApi } from './stack/api';
import { runProgram, withOwnStack } from './stack/own-stack';
import { readUsage } from './stack/process-usage';
import { toTargets } from './stack/to-targets';

const print = (text: string) => process.stderr.write(`${text}\n`);

/** Hosts with port 22 open, each with a banner. */
async function insertResults({ mongodb_uri }: StackDescription, taskId: string, n: number): Promise<void> {
  const connection = await mongoose.createConnection(mongodb_uri).asPromise();
  const now = Date.now();
  const prefix = createHash('sha256').update(taskId).digest('hex').slice(0, 16);
  const toDocument = (index: number) => ({
    // As the store makes it: the next cursor of a stream is made of it.
    _id: new mongoose.Types.ObjectId(`${prefix}${index.toString(16).padStart(8, '0')}`),
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    index,
    status: 'COMPLETED',
    has_open_ports: true,
    ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    assigned_node: 'bench-node',
    address_key: `4${(0x0a00_0000 + index).toString(16).padStart(8, '0')}`,
    completed_time: new Date(now - index),
    scan_result: { open_ports: [22], services: ['22/tcp ssh SSH-2.0-OpenSSH_9.6p1 Ubuntu-3'], response_time: 1 },
  });
  try {
    for (let first = 0; first < n; first += 1_000) {
      const documents = Array.from({ length: Math.min(1_000, n - first) }, (_, i) => toDocument(first + i));
      await connection.collection('subtasks').insertMany(documents);
    }
  } finally {
    await connection.close();
  }
}

/** Reads one stream to its end. Memory is that of task-api in MB, looked at with each part that arrives. */
async function readStream({ api_url, api_key, services }: StackDescription, format: string) {
  const { pid } = services.find(({ name }) => name === 'task-api')!;
  const before = readUsage(pid!).rss_mb;
  const begun = performance.now();
  const headers = { authorization: `Bearer ${api_key}` };
  const response = await fetch(`${api_url}/api/results?port=22&format=${format}`, { headers });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  let peak = before;
  let lines = 0;
  let bytes = 0;
  for await (const part of response.body!) {
    bytes += part.length;
    for (const byte of part) if (byte === 10) lines += 1;
    peak = Math.max(peak, readUsage(pid!).rss_mb);
  }
  const seconds = (performance.now() - begun) / 1_000;
  return { format, lines, mb: Math.round(bytes / 1e6), seconds: Math.round(seconds), before, peak };
}

async function main(): Promise<void> {
  const { n } = new Command('bench:results')
    .description('Measures the memory of task-api while it sends every result')
    .option('--n <count>', 'results', Number, 1_000_000)
    .parse()
    .opts<{ n: number }>();
  print('starting a stack without nodes …');
  const options = {
    scale: { 'scanner-node': 0 },
    // These results are in no counter: an audit would mend that.
    serviceEnvironment: { 'retry-scheduler': { AUDIT_INTERVAL_MS: '3600000' } },
  };
  await withOwnStack(options, async (stack) => {
    const description = stack.describe();
    const taskId = await createBenchApi(description).createTask(toTargets(n), { pool: 'bench', order: 'sequential' });
    print(`${n} results …`);
    await insertResults(description, taskId, n);
    const rows = ['| form | lines | MB | seconds | memory before, MB | highest, MB | more, MB |'];
    rows.push('| --- | --- | --- | --- | --- | --- | --- |');
    for (const format of ['ndjson', 'csv']) {
      print(`all as ${format} …`);
      const { lines, mb, seconds, before, peak } = await readStream(description, format);
      rows.push(`| ${[format, lines, mb, seconds, before, peak, peak - before].join(' | ')} |`);
    }
    process.stdout.write(`${rows.join('\n')}\n`);
  });
}

runProgram('bench:results', main);
