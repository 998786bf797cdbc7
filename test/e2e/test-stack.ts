/**
 * The whole system as processes of its own, for one test file: the six services, and the scanner nodes that the file
 * asks for by name, each with settings of its own. On the test run's engines, in a vhost, a database and a key prefix
 * of the file's own, unless it asks for engines that it may kill.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  makeStackFolder,
  removeFolder,
  type ServiceDefinition,
  type ServiceProcess,
  type Stack,
  type StartStackOptions,
  startStack,
  toServiceScript,
} from '@cyberstroll/local';
import { createTestbed } from '@cyberstroll/testkit';
import { type Api, createApi } from './api';

/** The checkout, also for what was compiled into a folder of its own. */
export const ROOT = findRoot(__dirname);

function findRoot(dir: string): string {
  return existsSync(join(dir, 'pnpm-workspace.yaml')) ? dir : findRoot(dirname(dir));
}

export const SERVICES = [
  'task-api',
  'dispatcher',
  'state-updater',
  'heartbeat-monitor',
  'retry-scheduler',
  'progress-pusher',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** A process gets ready in a second on an idle machine; jest gives a hook 180 s. */
const READY_WITHIN_MS = 170_000;

/**
 * A process lives for seconds here. It reads no source map, a quarter of its start. Code is not optimised for later,
 * and one thread collects garbage: a third of what it does after its start.
 */
const SHORT_LIVED = ['--no-enable-source-maps', '--no-opt', '--single-threaded-gc'];

export interface TestStackOptions extends Pick<StartStackOptions, 'environment' | 'serviceEnvironment' | 'timing'> {
  /** Replicas, where not one. */
  replicas?: Partial<Record<ServiceName, number>>;
  /** By node id: the environment of each scanner node, a process each. */
  nodes: Record<string, Record<string, string>>;
  /** How a service is made, where not as a process of its own (`startLightStack`). */
  toCreate?(name: ServiceName): ServiceDefinition['create'];
  /** Its own engines instead of those of the test run. */
  ownEngines?: boolean;
  /** RabbitMQ closes no connection of a process that hangs. On the engines of the test run. */
  keepsConnections?: boolean;
}

export interface TestStack {
  stack: Stack;
  api: Api;
  /** Holds `.local/stack.json` and `.local/logs`. Removed at the end, unless `KEEP_STACK` is set. */
  dir: string;
  /** The processes of a service, or the one of a node, by name. */
  find(name: ServiceName | (string & {})): ServiceProcess[];
  stop(): Promise<void>;
}

/** Resolves when every process is ready. */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const dir = makeStackFolder();
  const localDir = join(dir, '.local');
  mkdirSync(localDir);
  const testbed = options.ownEngines ? undefined : await createTestbed();
  const engines = testbed && {
    ...testbed,
    rabbitmq_url: `${testbed.rabbitmq_url}${options.keepsConnections ? '?heartbeat=0' : ''}`,
  };
  const removeAll = async () => {
    await testbed?.cleanup();
    if (process.env['KEEP_STACK']) console.info(`kept: ${dir}`);
    else await removeFolder(dir);
  };
  const nodeNames = Object.keys(options.nodes);
  try {
    const stack = await startStack({
      dir: localDir,
      ...(engines && { engines }),
      environment: { ...options.environment, ...(testbed && { REDIS_PREFIX: testbed.redis_prefix }) },
      services: [...getServices(options), ...nodeNames.map((name) => toDefinition(name, 'scanner-node', 1))],
      serviceEnvironment: {
        ...options.serviceEnvironment,
        ...Object.fromEntries(nodeNames.map((name) => [name, { NODE_ID: name, ...options.nodes[name] }])),
      },
      nodeFlags: SHORT_LIVED,
      ...(options.timing && { timing: options.timing }),
      readyTimeoutMs: READY_WITHIN_MS,
    });
    return {
      stack,
      api: createApi(stack.describe()),
      dir,
      find: (name) => stack.services.filter((service) => service.name === name),
      async stop() {
        // All at once: nobody waits for what is drained.
        await stack.kill();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

/** The six services, without nodes. */
export const getServices = ({
  replicas = {},
  toCreate,
}: Pick<TestStackOptions, 'replicas' | 'toCreate'> = {}): ServiceDefinition[] =>
  SERVICES.map((name) => {
    const create = toCreate?.(name);
    return { ...toDefinition(name, name, replicas[name] ?? 1), ...(create && { create }) };
  });

const toDefinition = (name: string, service: string, replicas: number): ServiceDefinition => ({
  name,
  script: toServiceScript(service),
  replicas,
  stopsFirst: name === 'task-api' || service === 'scanner-node',
});
