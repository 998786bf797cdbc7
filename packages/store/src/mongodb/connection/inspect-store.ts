import {
  type Diagnosis,
  diagnoseClock,
  diagnoseVersion,
  fail,
  findBrokenPromises,
  ok,
  orOk,
  type TlsMaterial,
  unlessLate,
  warn,
  within,
} from '@cyberstroll/runtime';
import { type Connection, createConnection } from 'mongoose';
import { COLLECTIONS, createModels } from '../models/collections';
import { findServerFault } from './check-server';
import { PROMISED } from './connection';
import {
  diagnoseClocks,
  diagnoseReach,
  diagnoseSet,
  type Hello,
  hearMembers,
  isMongos,
  toAddresses,
} from './inspect-members';
import { inspectShards } from './inspect-shards';
import { inspectKillSessions } from './kill-session';

const LEAST_MONGODB = '7.0';
const SELECT_MS = 3_000;
const CHECK_MS = 10_000;
const MAX_COUNTED = 10_000;
/** Clocks may be off by this much. A part of the offset may be the time that a heartbeat spent in its queue. */
const MAX_OFFSET_SECONDS = 10;
const MAX_NAMED = 5;

/**
 * Looks at MongoDB as the services use it. It writes one document of its own, and deletes it. Never rejects because of
 * what it finds. A server that does not answer within `selectMs` (default: 3,000) cannot be reached.
 */
export async function inspectStore({
  uri,
  tls = {},
  selectMs = SELECT_MS,
}: {
  uri: string;
  tls?: TlsMaterial;
  selectMs?: number;
}): Promise<Diagnosis[]> {
  const connection = createConnection(uri, {
    ...tls,
    ...PROMISED,
    serverSelectionTimeoutMS: selectMs,
    connectTimeoutMS: selectMs,
    // Each member that the driver knows is asked twice a second.
    heartbeatFrequencyMS: 500,
    serverMonitoringMode: 'poll',
    autoIndex: false,
    autoCreate: false,
  });
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.destroy().catch(() => undefined);
    const remedy = 'start it, and check MONGODB_URI: host, user and password, replicaSet, tls';
    return [fail('mongodb', `cannot be reached: ${(error as Error).message}`, remedy)];
  }
  try {
    return [
      ok('mongodb', 'can be reached'),
      diagnoseVersion('mongodb version', await readVersion(connection), LEAST_MONGODB),
      ...inspectOptions(uri),
      ...(await inspectMembers(connection, { uri, tls, selectMs })),
      await inspectKillSessions(connection),
      ...(await inspectIndexes(connection)),
      await inspectDeadLetters(connection),
      await inspectNodeClocks(connection),
    ];
  } catch (error) {
    const remedy = 'the user needs readWrite on the database of MONGODB_URI';
    const { message } = error as Error;
    return [fail('mongodb', `cannot be looked at: ${message}`, unlessLate(message, remedy))];
  } finally {
    await connection.close();
  }
}

async function readVersion(connection: Connection): Promise<string> {
  return (await connection.db!.command({ buildInfo: 1 }))['version'] as string;
}

/** A service does not start with one of these options. */
function inspectOptions(uri: string): Diagnosis[] {
  const check = 'mongodb options';
  const faults = findBrokenPromises(uri).map(({ name, instead }) => fail(check, `${name} in MONGODB_URI`, instead));
  return orOk(faults, check, 'none in MONGODB_URI that breaks a promise');
}

async function inspectMembers(
  connection: Connection,
  access: { uri: string; tls: TlsMaterial; selectMs: number },
): Promise<Diagnosis[]> {
  const askedMs = Date.now();
  const hello = (await connection.db!.command({ hello: 1 })) as Hello & { localTime: Date };
  const clock = diagnoseClock('mongodb clock', hello.localTime.getTime(), askedMs, Date.now());
  const check = 'mongodb replica set';
  if (!isMongos(hello) && !hello.setName) {
    const remedy = 'start mongod with --replSet and call rs.initiate(): transactions need a replica set';
    return [fail(check, 'a single server without one', remedy), clock];
  }
  if (!isMongos(hello) && !hello.isWritablePrimary) {
    const found = `${hello.setName}; this member is not the primary`;
    return [fail(check, found, 'name all members and replicaSet in the URI'), clock];
  }
  const client = connection.getClient();
  const members = await hearMembers(client, toAddresses(hello, client), access.selectMs);
  return [
    ...(isMongos(hello)
      ? [ok(check, 'a sharded cluster'), ...(await inspectShards(connection, access))]
      : [diagnoseSet(check, hello)]),
    ...diagnoseReach(members),
    clock,
    diagnoseClocks(members),
    await inspectTransaction(connection),
  ];
}

async function inspectTransaction(connection: Connection): Promise<Diagnosis> {
  const check = 'mongodb transactions';
  try {
    const tried = findServerFault(connection);
    const fault = await within(tried, CHECK_MS, () => new Error(`not tried within ${CHECK_MS / 1_000} s`));
    if (fault === undefined) return ok(check, 'conflicts, repeated writes and snapshots are as they must be');
    return fail(check, fault, 'use MongoDB 7 or 8 itself: docs/operations.md names what is not supported, and why');
  } catch (error) {
    const remedy = 'a majority of members with data must be up; the user needs readWrite; rs.status() or sh.status()';
    const { message } = error as Error;
    return fail(check, message, unlessLate(message, remedy));
  }
}

/** Compares the indexes with the models. Creates nothing. */
async function inspectIndexes(connection: Connection): Promise<Diagnosis[]> {
  const models = Object.values(createModels(connection));
  const faults: Diagnosis[] = [];
  let count = 0;
  for (const model of models) {
    const name = model.collection.collectionName;
    const { toDrop, toCreate } = await model.diffIndexes();
    count += model.schema.indexes().length;
    for (const keys of toCreate) {
      const found = `missing or otherwise: ${JSON.stringify(keys)}`;
      faults.push(fail(`mongodb indexes of ${name}`, found, toCreation(name, keys)));
    }
    for (const index of toDrop) {
      const found = `not ours: ${index}`;
      const remedy = `db.${name}.dropIndex('${index}'): it costs every write, and may stand in the way of one of ours`;
      faults.push(warn(`mongodb indexes of ${name}`, found, remedy));
    }
  }
  return orOk(faults, 'mongodb indexes', `${count} in ${models.length} collections, as declared`);
}

/** For before an upgrade: sweeps of the services wait until it is there. */
function toCreation(name: string, keys: unknown): string {
  const wanted = JSON.stringify(keys);
  const { indexes = [] } = Object.values(COLLECTIONS).find((row) => row.name === name) ?? {};
  const options = indexes.find(([each]) => JSON.stringify(each) === wanted)?.[1];
  const creation = `db.${name}.createIndex(${wanted}${options ? `, ${JSON.stringify(options)}` : ''})`;
  return `before you start services of this version: ${creation}, or deploy/mongodb/set-up.js for all`;
}

async function inspectDeadLetters(connection: Connection): Promise<Diagnosis> {
  const deadLetters = connection.db!.collection('dead_letters');
  const waiting = await deadLetters.countDocuments({ state: 'waiting' }, { limit: MAX_COUNTED });
  if (waiting === 0) return ok('dead letters', 'none waiting');
  const found = `waiting: ${waiting === MAX_COUNTED ? `${MAX_COUNTED} or more` : waiting}`;
  return warn('dead letters', found, '`cyberstroll dead-letter list`, correct the cause, then `replay` or `discard`');
}

async function inspectNodeClocks(connection: Connection): Promise<Diagnosis> {
  const check = 'node clocks';
  const far = { $or: [{ clock_offset: { $gt: MAX_OFFSET_SECONDS } }, { clock_offset: { $lt: -MAX_OFFSET_SECONDS } }] };
  const filter = { status: { $ne: 'offline' }, ...far };
  const nodes = await connection.db!.collection('nodes').find(filter).sort({ node_id: 1 }).toArray();
  if (nodes.length === 0) return ok(check, `all within ${MAX_OFFSET_SECONDS} s, by their heartbeats`);
  const named = nodes.slice(0, MAX_NAMED).map((node) => `${node['node_id']} ${Math.round(node['clock_offset'])} s`);
  const found = `${nodes.length} off: ${named.join(', ')}${nodes.length > MAX_NAMED ? ', …' : ''}`;
  return warn(check, found, 'set their clocks by NTP: the times of their results come from them');
}
