import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endLeftover } from './private-process';

/** Ends what a crashed owner left running of the engines under `dir`. Throws when their owner still lives. */
export async function endLeftEngines(dir: string): Promise<void> {
  for (const engine of listDir(dir)) {
    for (const file of listDir(join(dir, engine))) {
      if (file.endsWith('.process.json')) await endLeftover(join(dir, engine, file));
    }
  }
}

function listDir(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
