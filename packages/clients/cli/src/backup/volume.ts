/** The volume of MongoDB in the local stack of `npm start`: found, copied and put back. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '@cyberstroll/runtime';
import { CliError } from '../cli-error';
import type { CommandContext } from '../command-context';
import { namesBackingServices } from '../doctor-config';
import { defineTexts, verbatim } from '../language/say';
import { runProgram } from './run-program';

const t = defineTexts({
  paused: ['the MongoDB of {folder} is paused while its volume is copied', '{folder} 的 MongoDB 在复制数据卷期间暂停'],
  restarted: [
    'MongoDB was started or stopped while its volume was copied: the copy is of no single moment. Run it again',
    '复制数据卷期间 MongoDB 被启动或停止：副本不是同一时刻的数据。请重新运行',
  ],
  runs: [
    'the local stack runs: {processes}. End it with Ctrl-C first',
    '本地环境正在运行：{processes}。请先用 Ctrl-C 停止',
  ],
  data_restored: ['restored: the data of MongoDB in {folder}', '已恢复：{folder} 中 MongoDB 的数据'],
  rabbitmq_deleted: ['deleted: the data of RabbitMQ, with all queues', '已删除：RabbitMQ 的数据及所有队列'],
  redis_empty: ['Redis keeps nothing once it is stopped', 'Redis 停止后不保留任何内容'],
});

/** `.local` of a checkout. */
export interface Volume {
  folder: string;
  data: string;
  /** The MongoDB on it, if it runs. */
  server: ProcessIdentity | undefined;
}

const MONGODB = 'engines/mongodb';

/** That of the nearest `.local`; none where the environment, or the stack that runs, names another MongoDB. */
export function findVolume(env: CommandContext['env'], directory: string): Volume | undefined {
  if (namesBackingServices(env)) return undefined;
  for (let at = resolve(directory); ; at = dirname(at)) {
    const folder = join(at, '.local');
    // A restore that was interrupted may have deleted the data below it.
    if (existsSync(join(folder, MONGODB))) {
      const server = findServer(folder);
      const data = join(folder, MONGODB, 'data');
      return server || !existsSync(join(folder, 'stack.json')) ? { folder, data, server } : undefined;
    }
    if (at === dirname(at)) return undefined;
  }
}

/** Writes the volume as tar.gz. A server on it is paused meanwhile, and continues however this ends. */
export async function copyVolume({ folder, data, server }: Volume, file: string, context: CommandContext) {
  const resume = () => void (server && isAlive(server) && process.kill(server.pid, 'SIGCONT'));
  // A second Ctrl-C ends this process at once.
  process.once('exit', resume);
  try {
    if (server) {
      context.output.message(t('paused', { folder }));
      process.kill(server.pid, 'SIGSTOP');
      while (!isStopped(server)) await setTimeout(10);
    }
    await runProgram('tar', ['--create', '--gzip', '--file', file, '--directory', data, '.'], context);
    if (findServer(folder)?.start_time !== server?.start_time) throw new CliError('error', t('restarted'));
  } finally {
    resume();
    process.off('exit', resume);
  }
}

/** Each step may be repeated. Throws a CliError while a process of the stack runs. */
export async function restoreVolume({ folder, data }: Volume, file: string, context: CommandContext): Promise<void> {
  const { output } = context;
  const restored = `${data}.restored`;
  rmSync(restored, { recursive: true, force: true });
  await mkdir(restored, { mode: 0o700 });
  await runProgram('tar', ['--extract', '--gzip', '--file', file, '--directory', restored], context);
  rmSync(data, { recursive: true, force: true });
  renameSync(restored, data);
  output.message(t('data_restored', { folder }));
  rmSync(join(folder, 'engines/rabbitmq'), { recursive: true, force: true });
  output.message(t('rabbitmq_deleted'));
  output.message(t('redis_empty'));
}

/** Throws a CliError that names the processes of the stack that run. */
export function expectStopped({ folder }: Volume): void {
  const ledger = readJson<{ supervisor: ProcessIdentity; processes: (ProcessIdentity & { name: string })[] }>(
    join(folder, 'pids.json'),
  );
  const named = (name: string, one: ProcessIdentity | undefined) => (one ? [{ ...one, name }] : []);
  const known = [
    ...named('npm start', ledger?.supervisor),
    ...(ledger?.processes ?? []),
    ...named('mongodb', findServer(folder)),
  ];
  const running = known.filter(isAlive);
  if (running.length === 0) return;
  const processes = running.map(({ name, pid }) => `${name} (${pid})`).join(', ');
  throw new CliError('error', t('runs', { processes: verbatim(processes) }));
}

function findServer(folder: string): ProcessIdentity | undefined {
  const server = readJson<{ process: ProcessIdentity }>(join(folder, MONGODB, 'mongodb.process.json'))?.process;
  return server && isAlive(server) ? server : undefined;
}

/** Whether each of its threads is: the signal reaches one after another. */
const isStopped = ({ pid }: ProcessIdentity): boolean =>
  readdirSync(`/proc/${pid}/task`).every((thread) =>
    /^State:\s+[TZX]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  );

function readJson<Content>(file: string): Content | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Content;
  } catch {
    return undefined;
  }
}
