/**
 * A private MongoDB server: mongod as a one-node replica set where it is installed, else SecantusDB, which speaks the
 * same protocol on the same storage engine. Always with `--sync-on-commit`: without it SecantusDB loses acknowledged
 * transactions when it is killed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { findMongodbServer, type MongodbProgram } from '../../setup/programs.cjs';
import { type Engine, toEngine } from './engine';
import { findFreePort } from './free-port';
import { createPrivateProcess } from './private-process';

export async function createMongodbEngine(dir: string): Promise<Engine> {
  const program = findMongodbServer();
  if (!program) throw new Error('no MongoDB server is installed: run node deploy/local/setup.mjs');
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const port = await findFreePort();
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const server = createPrivateProcess({
    name: 'mongodb',
    dir,
    command: program.path,
    args: toArguments(program, dir, dataDir, port),
    isReady: () => checkPrimary(url, program.kind === 'mongod' ? `127.0.0.1:${port}` : undefined),
    readyTimeoutMs: 60_000,
    stopGraceMs: 15_000,
  });
  return toEngine('mongodb', { url }, server);
}

function toArguments(program: MongodbProgram, dir: string, dataDir: string, port: number): string[] {
  if (program.kind === 'mongod') {
    const limits = ['--wiredTigerCacheSizeGB', '1', '--nounixsocket'];
    return ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dataDir, '--replSet', 'local', ...limits];
  }
  // A configuration file of its own keeps the server from looking for one in the user's and the system's directories.
  const config = join(dir, 'secantusd.toml');
  writeFileSync(config, '');
  const durability = ['--sync-on-commit', '--cache-size', '1G', '--log-level', 'WARNING'];
  return ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--storage-path', dataDir, ...durability];
}

/** Resolves when the server takes writes. `member` is the host:port under which a mongod forms its replica set. */
async function checkPrimary(url: string, member: string | undefined): Promise<void> {
  const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 1_000, connectTimeoutMS: 2_000 });
  try {
    const admin = client.db('admin');
    if (member) await ensureReplicaSet(admin, member);
    const hello = await admin.command({ hello: 1 });
    if (!hello['isWritablePrimary']) throw new Error('not a primary yet');
  } finally {
    await client.close();
  }
}

/** Forms the replica set once; a set that was formed on another port gets its new one. */
async function ensureReplicaSet(admin: mongo.Db, member: string): Promise<void> {
  const hello = await admin.command({ hello: 1 });
  if (hello['isWritablePrimary']) return;
  const members = [{ _id: 0, host: member }];
  try {
    await admin.command({ replSetInitiate: { _id: 'local', members } });
  } catch (error) {
    if ((error as { codeName?: string }).codeName !== 'AlreadyInitialized') throw error;
    const { config } = await admin.command({ replSetGetConfig: 1 });
    if (config.members[0].host === member) return;
    await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members }, force: true });
  }
}
