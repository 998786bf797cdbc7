/**
 * One RabbitMQ server: own name, data, logs, plugins and ports, everything on loopback. It shares nothing with a system
 * instance, neither files nor the host's epmd (a kill -9 of one must not be seen by the other).
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { findEpmd, findRabbitmqServer, findRabbitmqTool } from '../../setup/programs.cjs';
import type { TlsFiles } from './engine';
import { findFreePort } from './free-port';
import { makeLeanRabbitmq } from './lean-rabbitmq';
import { createPrivateProcess, type PrivateProcess } from './private-process';

export interface RabbitmqNode {
  /** As RabbitMQ knows it, `<name>@localhost`. */
  readonly node_name: string;
  readonly url: string;
  /** Of a node that was given certificates. */
  readonly tls_url?: string;
  /** Base URL of the management API, with credentials. */
  readonly management_url: string;
  readonly process: PrivateProcess;
  /**
   * Runs `rabbitmqctl`, or another of its tools, on the node, for what the management API cannot do; resolves with what
   * it prints. Takes seconds.
   */
  control(args: readonly string[], tool?: RabbitmqTool): Promise<string>;
}

export type RabbitmqTool = 'rabbitmqctl' | 'rabbitmq-queues';

export interface RabbitmqNodeOptions {
  /** Holds the node's data, logs and configuration. It is its HOME too, where Erlang looks for `.erlang.cookie`. */
  dir: string;
  /** The part of its node name before `@localhost`. */
  name: string;
  password: string;
  /** The epmd of this node, and of the nodes that it forms a cluster with. It must run before the node starts. */
  epmd_port: number;
  /** Names of all nodes of its cluster. They share one cookie and one password. */
  cluster?: readonly string[];
  tls?: TlsFiles;
  /** Further lines of its `rabbitmq.conf`. */
  settings?: readonly string[];
}

const USER_NAME = 'cyberstroll';
const run = promisify(execFile);

const toNodeName = (name: string) => `${name}@localhost`;

/** A server that is not started yet. Ports are chosen here and kept for its life. */
export async function createRabbitmqNode(options: RabbitmqNodeOptions): Promise<RabbitmqNode> {
  const { dir, name, password, tls } = options;
  const server = findRabbitmqServer();
  if (!server) throw new Error('RabbitMQ is not installed: run node deploy/local/setup.mjs');
  mkdirSync(dir, { recursive: true });
  const [port, managementPort, distributionPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const tlsPort = tls && (await findFreePort());
  const credentials = `${USER_NAME}:${password}`;
  const url = `amqp://${credentials}@127.0.0.1:${port}`;

  const plugins = ['rabbitmq_management', ...(tls ? ['rabbitmq_auth_mechanism_ssl'] : [])];
  writeFileSync(join(dir, 'enabled_plugins'), `[${plugins}].\n`);
  writeFileSync(
    join(dir, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      ...(tls ? toTlsSettings(tls, tlsPort!) : []),
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${managementPort}`,
      `default_user = ${USER_NAME}`,
      `default_pass = ${password}`,
      'disk_free_limit.absolute = 200MB',
      'vm_memory_high_watermark.absolute = 1GB',
      'raft.wal_max_size_bytes = 67108864',
      'log.file = rabbitmq-node.log',
      'log.file.level = info',
      'log.console = false',
      ...(options.cluster ? toClusterSettings(options.cluster) : []),
      ...(options.settings ?? []),
      '',
    ].join('\n'),
    { mode: 0o600 },
  );

  const nodeEnv = { ...toErlangEnv(options.epmd_port), RABBITMQ_NODENAME: toNodeName(name) };
  return {
    node_name: toNodeName(name),
    url,
    ...(tls && { tls_url: `amqps://${credentials}@127.0.0.1:${tlsPort}` }),
    management_url: `http://${credentials}@127.0.0.1:${managementPort}`,
    process: createPrivateProcess({
      name: 'rabbitmq',
      dir,
      command: makeLeanRabbitmq(server, join(dir, 'server')),
      args: [],
      env: {
        ...nodeEnv,
        // Makes the script become the server: the process that is recorded and signalled is the node itself.
        RUNNING_UNDER_SYSTEMD: 'true',
        RABBITMQ_DIST_PORT: String(distributionPort),
        RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
        RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
        RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
        RABBITMQ_MNESIA_BASE: join(dir, 'data'),
        RABBITMQ_LOG_BASE: join(dir, 'log'),
        RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'generated'),
      },
      isReady: () => checkServer(url, managementPort, credentials),
      readyTimeoutMs: 90_000,
      stopGraceMs: 20_000,
    }),
    async control(args, tool = 'rabbitmqctl') {
      const program = findRabbitmqTool(tool);
      if (!program) throw new Error(`${tool} is not installed`);
      const env = { PATH: process.env['PATH'], HOME: dir, LANG: 'C.UTF-8', ...nodeEnv };
      return (await run(program, ['--quiet', ...args], { env, cwd: dir, timeout: 300_000 })).stdout;
    },
  };
}

/** An epmd on `port` of loopback, by which Erlang nodes find each other. */
export function createEpmd(dir: string, port: number): PrivateProcess {
  const program = findEpmd();
  if (!program) throw new Error('epmd is not installed: run node deploy/local/setup.mjs');
  return createPrivateProcess({
    name: 'epmd',
    dir,
    command: program,
    args: ['-address', '127.0.0.1', '-port', String(port)],
    env: toErlangEnv(port),
    isReady: () => openAndClose(port),
    readyTimeoutMs: 60_000,
    stopGraceMs: 2_000,
  });
}

const toErlangEnv = (epmdPort: number) => ({
  ERL_EPMD_ADDRESS: '127.0.0.1',
  ERL_EPMD_PORT: String(epmdPort),
  // Every Erlang of a node listens on loopback only, the short-lived ones of its start and of rabbitmqctl included.
  ERL_AFLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
});

const toTlsSettings = (tls: TlsFiles, port: number): string[] => [
  `listeners.ssl.1 = 127.0.0.1:${port}`,
  `ssl_options.cacertfile = ${tls.ca}`,
  `ssl_options.certfile = ${tls.cert}`,
  `ssl_options.keyfile = ${tls.key}`,
  'ssl_options.verify = verify_peer',
  'ssl_options.fail_if_no_peer_cert = true',
  // A client may log in by its certificate: as the user that its common name says.
  'auth_mechanisms.1 = PLAIN',
  'auth_mechanisms.2 = EXTERNAL',
  'ssl_cert_login_from = common_name',
];

const toClusterSettings = (names: readonly string[]): string[] => [
  'cluster_formation.peer_discovery_backend = classic_config',
  ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${toNodeName(name)}`),
];

async function checkServer(url: string, managementPort: number, credentials: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${managementPort}/api/overview`, {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    signal: AbortSignal.timeout(5_000),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`management answers ${response.status}`);
  const connection = await connect(url, { timeout: 5_000 });
  connection.on('error', () => {});
  await connection.close();
}

function openAndClose(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
