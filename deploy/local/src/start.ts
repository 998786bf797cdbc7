/** `npm start`: the local stack until Ctrl-C. */
import { join } from 'node:path';
import { Command } from 'commander';
import { localDir } from '../setup/programs.cjs';
import { createInterruption } from './interruption';
import { renderStack } from './stack/render-stack';
import { parseScale } from './stack/service-definitions';
import { startStack } from './stack/start-stack';

async function start(options: { scale: Record<string, number>; scope?: string }): Promise<void> {
  const interruption = createInterruption();
  console.log('starting the engines and services (about 15 s) ...');
  const stack = await startStack({
    dir: localDir,
    scale: options.scale,
    ...(options.scope ? { scope: options.scope } : {}),
    environment: process.env,
    signal: interruption.signal,
    log: console.log,
  });
  interruption.onSecond(() => stack.kill());
  console.log(`\n${renderStack(stack.describe(), join(localDir, 'stack.json'))}\n\nrunning; Ctrl-C stops it`);
  await interruption.interrupted;
  console.log('\nstopping in order; Ctrl-C again stops at once');
  await stack.stop();
  console.log('stopped');
}

const command = new Command('npm start --')
  .description('The whole system on this machine, until Ctrl-C')
  .option('--scale <service=n,...>', 'replicas, for example state-updater=2,scanner-node=4', parseScaleOption, {})
  .option('--scope <networks>', 'networks that may be scanned; loopback only without it')
  .action(start);

function parseScaleOption(text: string): Record<string, number> {
  try {
    return parseScale(text);
  } catch (error) {
    return command.error(`error: --scale: ${(error as Error).message}`, { exitCode: 2 });
  }
}

command.parseAsync().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
