import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { localDir } from '../../setup/programs.cjs';
import type { ServiceProcess, ServiceProcessOptions } from './service-process';

export interface ServiceDefinition {
  name: string;
  /** The script that Node runs. */
  script: string;
  replicas: number;
  /** Stopped in the first round: what brings work in, or runs it. */
  stopsFirst: boolean;
  /** Makes a replica. Without it, each is a process of its own. */
  create?(options: ServiceProcessOptions): ServiceProcess;
}

const replicasOf: Record<string, number> = {
  'task-api': 1,
  dispatcher: 1,
  'state-updater': 1,
  'heartbeat-monitor': 1,
  'retry-scheduler': 1,
  'progress-pusher': 1,
  'scanner-node': 2,
};

/** The bundle of a service: the script that Node runs. */
export const toServiceScript = (name: string): string => join(dirname(localDir), 'services', name, 'dist/bundle.js');

/** The six services and the scanner node. Throws when they have not been built. */
export function getServiceDefinitions(): ServiceDefinition[] {
  return Object.entries(replicasOf).map(([name, replicas]) => {
    const script = toServiceScript(name);
    if (!existsSync(script)) throw new Error(`${name} has not been built: ${script} is missing`);
    return { name, script, replicas, stopsFirst: name === 'task-api' || name === 'scanner-node' };
  });
}

/** The most replicas of one service that the local stack starts. */
const maxReplicas = 64;

/** Reads `state-updater=2,scanner-node=4`. Throws a RangeError that names what is wrong. */
export function parseScale(text: string): Record<string, number> {
  const scale: Record<string, number> = {};
  for (const entry of text.split(',').filter(Boolean)) {
    const [name = '', count = ''] = entry.trim().split('=');
    if (!(name in replicasOf)) {
      throw new RangeError(`no service is called "${name}": one of ${Object.keys(replicasOf).join(', ')}`);
    }
    const replicas = /^\d+$/.test(count) ? Number(count) : Number.NaN;
    const least = name === 'task-api' || name === 'progress-pusher' ? 1 : 0;
    if (!(replicas >= least && replicas <= maxReplicas)) {
      throw new RangeError(`${name}: replicas must be ${least} to ${maxReplicas}, not "${count}"`);
    }
    scale[name] = replicas;
  }
  return scale;
}
