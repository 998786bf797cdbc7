/**
 * `npm run bench:results`: how much memory task-api needs to send every result of a large table, as NDJSON and as CSV,
 * and how long it takes. A whole stack without nodes; this program writes the results and reads the streams. Nothing
 * here asserts a figure.
 */
import type { StackDescription } from '@cyberstroll/local';
import { Command } from 'commander';
import { openResults } from './stack/open-results';
import { runProgram, withOwnStack } from './stack/own-stack';
import { readUsage } from './stack/process-usage';

const print = (text: string) => process.stderr.write(`${text}\n`);

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
    print(`${n} results …`);
    await openResults(description, n);
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
