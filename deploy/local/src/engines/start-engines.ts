import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createExternalEngine, type Engine, type Log } from './engine';
import { createMongodbEngine } from './mongodb';
import { createRabbitmqEngine, type RabbitmqEngine } from './rabbitmq';
import { createRedisEngine } from './redis';

export interface StartEnginesOptions {
  /** Data, logs and process records go to `<dir>/<engine>`. What is there is used again. */
  dir: string;
  log?: Log;
  /**
   * Where RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL, MONGODB_URI and REDIS_URL are looked up; one that is set is used as it
   * is.
   */
  environment?: NodeJS.ProcessEnv;
}

export interface Engines {
  rabbitmq_url: string;
  rabbitmq_management_url: string;
  mongodb_uri: string;
  redis_url: string;
  rabbitmq: RabbitmqEngine;
  mongodb: Engine;
  redis: Engine;
  readonly all: readonly Engine[];
  /** Of the engines that are ours and run now. */
  readonly pids: number[];
  /** Stops those that are ours, in good order. */
  stop(): Promise<void>;
  /** Ends those that are ours at once, for who throws their data away. */
  kill(): Promise<void>;
}

/** Starts the three engines side by side. When one fails, the others are stopped again and its error is thrown. */
export async function startEngines({ dir, log = () => {}, environment = {} }: StartEnginesOptions): Promise<Engines> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { RABBITMQ_URL, MONGODB_URI, REDIS_URL } = environment;
  const rabbitmq = RABBITMQ_URL
    ? createExternalRabbitmq(RABBITMQ_URL, environment['RABBITMQ_MANAGEMENT_URL'])
    : await createRabbitmqEngine(join(dir, 'rabbitmq'));
  const mongodb = MONGODB_URI
    ? createExternalEngine('mongodb', MONGODB_URI)
    : await createMongodbEngine(join(dir, 'mongodb'));
  const redis = REDIS_URL ? createExternalEngine('redis', REDIS_URL) : await createRedisEngine(join(dir, 'redis'));
  const all: Engine[] = [rabbitmq, mongodb, redis];
  const stop = async () => {
    await Promise.all(all.map((engine) => engine.stop()));
  };

  const results = await Promise.allSettled(all.map((engine) => startAndReport(engine, log)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  return {
    rabbitmq_url: rabbitmq.url,
    rabbitmq_management_url: rabbitmq.management_url,
    mongodb_uri: mongodb.url,
    redis_url: redis.url,
    rabbitmq,
    mongodb,
    redis,
    all,
    get pids() {
      return all.flatMap((engine) => engine.pid ?? []);
    },
    stop,
    async kill() {
      await Promise.all(all.map((engine) => (engine.pid ? engine.kill() : undefined)));
      await stop();
    },
  };
}

async function startAndReport(engine: Engine, log: Log): Promise<void> {
  const begun = performance.now();
  await engine.start();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  log(
    engine.pid ? `${engine.name} is up (pid ${engine.pid}, ${seconds} s)` : `${engine.name}: as the environment says`,
  );
}

function createExternalRabbitmq(url: string, managementUrl: string | undefined): RabbitmqEngine {
  // Of several hosts the first: any node of a cluster knows all of it.
  const [, login = '', host = ''] = /^amqps?:\/\/([^@/?#]*@)?([^,/?#]*)/.exec(url) ?? [];
  return {
    ...createExternalEngine('rabbitmq', url),
    name: 'rabbitmq',
    management_url: managementUrl ?? `http://${login}${host.replace(/:\d+$/, '')}:15672`,
    control: () => Promise.reject(new Error('rabbitmq is not ours to control: its URL came from the environment')),
  };
}
