/**
 * `npm run bench`: the whole path (job → node → update → batch → progress) beside its floors and peers, in one run on
 * one machine, so that the figures can be read as ratios. Nothing here asserts a time.
 */
import { parseOptions } from './options';
import { PARTS } from './parts';
import { writeReport } from './report/report';
import { runParts } from './run-parts';
import { startBenchStack } from './stack/bench-stack';
import { runProgram } from './stack/own-stack';

const print = (text: string) => process.stderr.write(`${text}\n`);

// What a part leaves behind may fail after the part has. The others still run.
process.on('unhandledRejection', (error) => print(`after its part: ${error}`));

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const run = await runParts(options, {
    parts: PARTS,
    startStack: startBenchStack,
    print,
    show: (table) => options.json || process.stdout.write(`${table}\n`),
  });
  if (options.report) writeReport(run, ['npm run bench --', ...process.argv.slice(2)].join(' '));
  if (options.json) process.stdout.write(`${JSON.stringify(run)}\n`);
  for (const [part, failure] of Object.entries(run.failures)) print(`bench: ${part} failed: ${failure}`);
  if (Object.keys(run.failures).length > 0) process.exitCode = 1;
}

runProgram('bench', main);
