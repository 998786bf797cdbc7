import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir, runStep, say } from './run-step.mjs';

/** Compiles what has changed. */
export async function build() {
  if (!existsSync(join(rootDir, 'deploy/local/dist/index.js'))) say('building (some seconds)');
  await runStep('the build', process.execPath, [join(rootDir, 'node_modules/typescript/bin/tsc'), '-b']);
}
