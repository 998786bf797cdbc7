/**
 * The local stack: engines, services and scanner nodes as separate processes under one supervisor, this process. A
 * process that dies is started again. The stack stops in order: nodes and API first, so that nothing new comes in, then
 * the other services, which write what is still on its way, then the engines. In front of API and WebSockets is a proxy
 * in this process, so that a browser finds them under one origin.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProcessIdentity } from '@cyberstroll/runtime';
import { endLeftEngines } from '../engines/end-left-engines';
import type { Log } from '../engines/engine';
import { findFreePort } from '../engines/free-port';
import { type Engines, startEngines } from '../engines/start-engines';
import { type ReverseProxy, startProxy } from '../proxy/start-proxy';
import { removeFolder } from '../remove-folder';
import { keepEngines } from './keep-engines';
import { endLeftStack, type LedgerEntry, removeLedger, writeLedger, writePrivateJson } from './process-ledger';
import { defaultRestartTiming, type RestartTiming } from './restart-timing';
import { getServiceDefinitions, type ServiceDefinition } from './service-definitions';
import { createServiceProcess, type ServiceProcess } from './service-process';

export interface StartStackOptions {
  /**
   * Holds logs, `stack.json`, `pids.json`, and the engines' data unless `enginesDir` says otherwise. One stack at a
   * time.
   */
  dir: string;
  /** Engines that already run, and that `stop` leaves running. Without it the stack starts its own. */
  engines?: Pick<Engines, 'rabbitmq_url' | 'mongodb_uri' | 'redis_url'> &
    Partial<Pick<Engines, 'rabbitmq_management_url'>>;
  enginesDir?: string;
  /** Forgets what earlier stacks left in the engines. */
  fresh?: boolean;
  /** Replicas by service, where not as usual. */
  scale?: Record<string, number>;
  /** Networks that may be scanned; the services' default (loopback) without it. */
  scope?: string;
  /**
   * Handed to every service; the stack's own variables win, and its API key comes before those of API_KEYS. Also names
   * engines to use (RABBITMQ_URL …).
   */
  environment?: NodeJS.ProcessEnv;
  /** Added for the replicas of one service. */
  serviceEnvironment?: Record<string, Record<string, string>>;
  services?: ServiceDefinition[];
  /** Further flags of Node for each service. */
  nodeFlags?: readonly string[];
  timing?: Partial<RestartTiming>;
  readyTimeoutMs?: number;
  /**
   * How long a round of services may take to stop before it is killed, in milliseconds; default 20 s, since a service
   * ends within 15 s of SIGTERM.
   */
  stopGraceMs?: number;
  /** Gives up a start that is under way: what has started is ended, and the start rejects with the signal's reason. */
  signal?: AbortSignal;
  log?: Log;
}

/** What `stack.json` says. */
export interface StackDescription {
  /** The dashboard, the API and the WebSockets under one origin; ends in a slash. */
  dashboard_url: string;
  api_url: string;
  ws_url: string;
  api_key: string;
  rabbitmq_url: string;
  rabbitmq_management_url?: string;
  mongodb_uri: string;
  redis_url: string;
  services: { name: string; instance: string; pid: number | undefined; health_url: string }[];
}

export interface Stack {
  /** As of now: a restarted service has a new pid. */
  describe(): StackDescription;
  /** The stack's own engines, for who wants to disturb them. */
  readonly engines: Engines | undefined;
  readonly services: readonly ServiceProcess[];
  /** Stops all in order. May be called twice. */
  stop(): Promise<void>;
  /** Ends all at once. */
  kill(): Promise<void>;
}

/**
 * SecantusDB evaluates a query in memory, whole, and keeps the rest of a result for as long as its cursor is open: ten
 * cursors on
 * 300,000 subtasks took 3 GB. The services survive a restart.
 */
const MONGODB_MAX_BYTES = 4_000_000_000;

/** Starts a stack and resolves when every service is ready. When one does not get ready, stops all and throws. */
export async function startStack(options: StartStackOptions): Promise<Stack> {
  const { dir, environment = {}, stopGraceMs = 20_000 } = options;
  const enginesDir = options.enginesDir ?? join(dir, 'engines');
  const logsDir = join(dir, 'logs');
  const ledgerFile = join(dir, 'pids.json');
  const stackFile = join(dir, 'stack.json');
  mkdirSync(logsDir, { recursive: true, mode: 0o700 });
  const log: Log = (message) => {
    appendFileSync(join(logsDir, 'supervisor.log'), `${new Date().toISOString()} ${message}\n`);
    options.log?.(message);
  };

  await endLeftStack(ledgerFile, log);
  await endLeftEngines(enginesDir);
  rmSync(stackFile, { force: true });
  if (options.fresh) await removeFolder(enginesDir);
  writeLedger(ledgerFile, []);

  const definitions = options.services ?? getServiceDefinitions();
  const ownEngines = options.engines ? undefined : await startEngines({ dir: enginesDir, log, environment });
  const timing = { ...defaultRestartTiming, ...options.timing };
  const engineWatch = keepEngines(ownEngines?.all ?? [], {
    timing,
    log,
    maxBytes: { mongodb: MONGODB_MAX_BYTES },
    onChange: () => record(),
  });
  const engines: NonNullable<StartStackOptions['engines']> = options.engines ?? ownEngines!;
  const managementUrl = engines.rabbitmq_management_url;
  const apiKey = randomBytes(24).toString('base64url');
  const services: ServiceProcess[] = [];
  let ready = false;
  let ended = false;
  let stopped: Promise<void> | undefined;
  let proxy: ReverseProxy | undefined;

  const shared = {
    ...environment,
    RABBITMQ_URL: engines.rabbitmq_url,
    ...(managementUrl && { RABBITMQ_MANAGEMENT_URL: managementUrl }),
    MONGODB_URI: withDefaultDatabase(engines.mongodb_uri),
    REDIS_URL: engines.redis_url,
    HTTP_HOST: '127.0.0.1',
    LOG_LEVEL: environment['LOG_LEVEL'] ?? 'info',
    API_KEYS: [`local:admin:${apiKey}`, environment['API_KEYS']].filter(Boolean).join(','),
    // The proxy below.
    TRUST_PROXY: environment['TRUST_PROXY'] ?? '1',
    ...(options.scope ? { SCAN_SCOPE: options.scope } : {}),
  };

  for (const definition of definitions) {
    const replicas = options.scale?.[definition.name] ?? definition.replicas;
    for (let replica = 1; replica <= replicas; replica += 1) {
      const instance = `${definition.name}-${replica}`;
      const port = await findFreePort();
      const logFile = join(logsDir, `${instance}.log`);
      rmSync(logFile, { force: true });
      const create = definition.create ?? createServiceProcess;
      services.push(
        create({
          name: definition.name,
          instance,
          script: definition.script,
          environment: {
            ...shared,
            ...options.serviceEnvironment?.[definition.name],
            HTTP_PORT: String(port),
            INSTANCE_ID: instance,
            ...(definition.name === 'scanner-node' ? { NODE_ID: instance } : {}),
          },
          ...(options.nodeFlags && { nodeFlags: options.nodeFlags }),
          logFile,
          readyUrl: `http://127.0.0.1:${port}/readyz`,
          timing,
          log,
          onChange: record,
        }),
      );
    }
  }

  function describe(): StackDescription {
    return {
      dashboard_url: proxy ? `${proxy.url}/` : '',
      api_url: findBaseUrl('task-api', 'http'),
      ws_url: findBaseUrl('progress-pusher', 'ws'),
      api_key: apiKey,
      rabbitmq_url: shared.RABBITMQ_URL,
      ...(managementUrl && { rabbitmq_management_url: managementUrl }),
      mongodb_uri: shared.MONGODB_URI,
      redis_url: shared.REDIS_URL,
      services: services.map(({ name, instance, identity, health_url }) => {
        return { name, instance, pid: identity?.pid, health_url };
      }),
    };
  }

  const findUrls = (name: string) =>
    services.filter((service) => service.name === name).map(({ health_url }) => health_url.replace(/\/readyz$/, ''));

  const findBaseUrl = (name: string, protocol: string) => findUrls(name)[0]?.replace(/^http/, protocol) ?? '';

  const startOrigin = async () =>
    startProxy({
      port: await findFreePort(),
      routes: [
        { prefix: '/ws/', service: 'progress-pusher', urls: findUrls('progress-pusher') },
        { prefix: '/', service: 'task-api', urls: findUrls('task-api') },
      ],
    });

  function record(): void {
    if (ended) return;
    const entries: LedgerEntry[] = (ownEngines?.pids ?? []).flatMap((pid) => {
      const identity = findProcessIdentity(pid);
      return identity ? { ...identity, name: 'engine' } : [];
    });
    for (const { identity, instance } of services) if (identity) entries.push({ ...identity, name: instance });
    writeLedger(ledgerFile, entries);
    if (ready) writePrivateJson(stackFile, describe());
  }

  async function endAll(graceMs: number, endEngines: () => Promise<void>): Promise<void> {
    ready = false;
    rmSync(stackFile, { force: true });
    const stopsFirst = new Set(definitions.filter((definition) => definition.stopsFirst).map(({ name }) => name));
    const first = services.filter((service) => stopsFirst.has(service.name));
    const rest = services.filter((service) => !stopsFirst.has(service.name));
    await Promise.all(first.map((service) => service.stop(graceMs)));
    await Promise.all(rest.map((service) => service.stop(graceMs)));
    await proxy?.close();
    await engineWatch.stop(endEngines);
    ended = true;
    removeLedger(ledgerFile);
  }

  const stack: Stack = {
    describe,
    engines: ownEngines,
    services,
    stop() {
      stopped ??= endAll(stopGraceMs, async () => ownEngines?.stop());
      return stopped;
    },
    kill: () => endAll(0, async () => ownEngines?.kill()),
  };

  try {
    options.signal?.throwIfAborted();
    for (const service of services) service.start();
    const allReady = services.map((service) => service.waitUntilReady(options.readyTimeoutMs ?? 90_000));
    await Promise.race([Promise.all(allReady), rejectWhenAborted(options.signal)]);
    proxy = await startOrigin();
  } catch (error) {
    await stack.kill();
    throw error;
  }
  ready = true;
  record();
  log(`${services.length} services are ready`);
  return stack;
}

/** Never resolves: for a race. */
function rejectWhenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A URI that names no database gets ours. */
function withDefaultDatabase(uri: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?(\?.*)?$/.exec(uri);
  return match ? `${match[1]}/cyberstroll${match[2] ?? ''}` : uri;
}
