/** The engines that `npm run engines` keeps running for one test run after another, and where it says so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from '@cyberstroll/runtime';
import { localDir } from '../../setup/programs.cjs';

export interface SharedEngines {
  rabbitmq_url: string;
  rabbitmq_management_url: string;
  mongodb_uri: string;
  redis_url: string;
  /** The process that keeps them, and the engines themselves. */
  processes: ProcessIdentity[];
}

export const sharedEnginesFile = join(localDir, 'dev-engines.json');

/** The shared engines, when all of their processes live. */
export function findSharedEngines(): SharedEngines | undefined {
  try {
    const shared = JSON.parse(readFileSync(sharedEnginesFile, 'utf8')) as SharedEngines;
    return shared.processes.every(isAlive) ? shared : undefined;
  } catch {
    return undefined;
  }
}
