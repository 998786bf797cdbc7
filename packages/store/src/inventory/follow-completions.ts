/**
 * The inventory follows what batches have completed. Each batch leaves the indexes of these subtasks in one document of
 * `completions`, in its own transaction. A pass reads the oldest of these documents, adds their scans to the hosts, and
 * deletes the documents in the same transaction. So each scan counts once, whatever crashes. Of two followers at the
 * same time one fails: both delete the same documents.
 *
 * Most scans of a large network find nothing, on an address where nothing was ever found. Of these nothing is read but
 * that there is no host.
 */
import { createHash } from 'node:crypto';
import {
  ALL_PORTS,
  groupBy,
  needsPorts,
  type PortResult,
  parsePorts,
  type Scan,
  type SubTask,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { toAddressKey } from '@cyberstroll/targets';
import { createPortsLeftOut, foldScan, type HostScan, type KnownHost, type NewChange } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { GetJobSource } from '../dispatch/job-sources';
import type { ExclusionStore } from '../exclusions/exclusion-store';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import type { CompletionsDocument, FindingDocument } from '../mongodb/models/documents';
import { findFields, IN_ONE_ANSWER } from '../mongodb/models/fields';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { indexFirst } from '../mongodb/queries/index-first';
import { countCompletions, readCompletions } from './completions';

export interface InventoryDeps {
  db: Database;
  sessions: WriterSessions;
  getJobSource: GetJobSource;
  exclusions: Pick<ExclusionStore, 'findOfPorts'>;
}

/** Batches that one pass reads, and scans that it adds, unless one batch has more. */
const BATCHES = 50;
const SCANS = 5_000;
const SEQUENCE = 'host_changes';

const SCANNED = [
  'task_id',
  'subtask_id',
  'ip',
  'created_time',
  'completed_time',
  'updated_time',
  'scan_result',
] as const;
type Scanned = Pick<SubTask, (typeof SCANNED)[number]>;

/** Another follower has added some of these batches: this transaction is to change nothing. */
class AlreadyFollowed extends Error {}

export function createInventory({ db, sessions, getJobSource, exclusions }: InventoryDeps) {
  /** Subtasks whose scans may say something: those on an address where something was found, now or before. */
  async function readScans(batches: readonly CompletionsDocument[], session: ClientSession) {
    const completed = [];
    for (const { task_id, open, empty } of readCompletions(batches)) {
      const source = await getJobSource(task_id, Math.max(0, ...open, ...empty) + 1).catch(skipMissing);
      const toKeyed = (index: number) => ({ task_id, index, key: toAddressKey(source!.targets.member(index)) });
      if (source) completed.push({ open: open.map(toKeyed), empty: empty.map(toKeyed) });
    }
    const open = completed.flatMap((those) => those.open);
    const empty = completed.flatMap((those) => those.empty);
    const known = db.hosts.find({ _id: { $in: toKeys([...open, ...empty]) } }, { session, ...IN_ONE_ANSWER });
    const hosts = new Map<string, KnownHost>();
    for await (const { _id, ...host } of known) hosts.set(_id, host);
    const found = new Set([...hosts.keys(), ...toKeys(open)]);
    const wanted = [...open, ...empty.filter(({ key }) => found.has(key))];
    const ids = wanted.map(({ task_id, index }) => toSubTaskObjectId(task_id, index));
    const filter = { _id: { $in: ids }, status: 'COMPLETED' } as const;
    const subTasks = await findFields(db.subTasks, filter, SCANNED, { session, ...IN_ONE_ANSWER }).toArray();
    return { hosts, subTasks: subTasks.sort(byArrival) };
  }

  async function readTasks(taskIds: readonly string[], session: ClientSession) {
    const fields = ['task_id', 'scan', 'labels'] as const;
    const found = await findFields(db.tasks, { task_id: { $in: taskIds } }, fields, { session })
      .sort({ task_id: 1 })
      .toArray();
    return new Map(
      found.map(({ task_id, scan, labels = [] }) => {
        const { method, options = {} } = scan;
        const scan_key = createHash('sha256')
          .update(JSON.stringify([method, options]))
          .digest('hex')
          .slice(0, 16);
        return [task_id, { labels, method, scan_key, ports: toScannedPorts(scan) }] as const;
      }),
    );
  }

  async function readFindings(subTasks: readonly Scanned[], session: ClientSession) {
    const those = subTasks.filter(({ scan_result }) => scan_result!.finding_count);
    if (those.length === 0) return new Map<string, FindingDocument[]>();
    const address_key = { $in: [...new Set(those.map(({ ip }) => toAddressKey(ip)))] };
    const task_id = { $in: [...new Set(those.map((each) => each.task_id))] };
    const subtask_id = { $in: those.map((each) => each.subtask_id) };
    const found = await db.findings
      .find(indexFirst({ address_key }, { task_id }, { subtask_id }), { session })
      .toArray();
    return groupBy(found, (finding) => finding.subtask_id);
  }

  async function follow(batches: readonly CompletionsDocument[], session: ClientSession) {
    const _id = { $in: batches.map((batch) => batch._id) };
    const { deletedCount } = await db.completions.deleteMany({ _id }, { session });
    if (deletedCount !== batches.length) throw new AlreadyFollowed();
    const { hosts, subTasks } = await readScans(batches, session);
    const tasks = await readTasks([...new Set(subTasks.map(({ task_id }) => task_id))], session);
    const findings = await readFindings(subTasks, session);
    const findLeftOut = await readLeftOut(subTasks);
    const changes: NewChange[] = [];
    const isNew = new Map<string, boolean>();
    for (const subTask of subTasks) {
      const task = tasks.get(subTask.task_id);
      if (!task) continue;
      const key = toAddressKey(subTask.ip);
      const folded = foldScan(hosts.get(key), toScan(subTask, task, findings.get(subTask.subtask_id), findLeftOut));
      if (!folded.host) continue;
      if (!isNew.has(key)) isNew.set(key, !hosts.has(key));
      hosts.set(key, folded.host);
      changes.push(...folded.changes);
    }
    const writes = [...isNew].map(([_id, isInsert]) => {
      const host = hosts.get(_id)!;
      if (isInsert) return { insertOne: { document: { _id, ...host } } };
      return { replaceOne: { filter: { _id }, replacement: host } };
    });
    if (writes.length > 0) await db.hosts.bulkWrite(writes, { session, ordered: false });
    if (changes.length > 0) await insertChanges(changes, session);
    return { scans: batches.reduce((sum, batch) => sum + countCompletions(batch), 0), changes: changes.length };
  }

  async function readLeftOut(subTasks: readonly Scanned[]) {
    if (subTasks.length === 0) return () => new Set<number>();
    const times = subTasks.flatMap(({ created_time, completed_time }) => [created_time, completed_time!]);
    const [first, last] = [Math.min(...times.map(Number)), Math.max(...times.map(Number))];
    return createPortsLeftOut(await exclusions.findOfPorts(new Date(first), new Date(last)));
  }

  /** The numbers are taken in the transaction: they are committed in their order. */
  async function insertChanges(changes: readonly NewChange[], session: ClientSession): Promise<void> {
    const options = { upsert: true, returnDocument: 'after', session } as const;
    const $inc = { value: changes.length };
    const { value: last } = (await db.sequences.findOneAndUpdate({ _id: SEQUENCE }, { $inc }, options))!;
    const documents = changes.map((change, place) => ({
      _id: last - changes.length + 1 + place,
      ...change,
      address_key: toAddressKey(change.ip),
    }));
    await db.hostChanges.insertMany(documents, { session });
  }

  return {
    /** Adds the oldest scans that the inventory does not have, of `most` batches. Undefined if it has all. */
    async followOnce(most = BATCHES): Promise<{ scans: number; changes: number } | undefined> {
      const oldest = await db.completions.find().sort({ _id: 1 }).limit(most).toArray();
      if (oldest.length === 0) return undefined;
      let room = SCANS;
      const batches = oldest.filter((batch, place) => {
        room -= countCompletions(batch);
        return place === 0 || room >= 0;
      });
      try {
        return await sessions.transact((session) => follow(batches, session));
      } catch (error) {
        if (error instanceof AlreadyFollowed) return { scans: 0, changes: 0 };
        throw error;
      }
    },
    /** Leaves out the oldest batch: it cannot be added. */
    async dropOldest(): Promise<void> {
      await db.completions.findOneAndDelete({}, { sort: { _id: 1 } });
    },
    /** When the oldest batch that the inventory does not have was committed. */
    async findOldest(): Promise<Date | undefined> {
      return (await db.completions.findOne({}, { sort: { _id: 1 }, projection: { time: 1 } }))?.time;
    },
  };
}

const toKeys = (keyed: readonly { key: string }[]): string[] => [...new Set(keyed.map(({ key }) => key))];

const byArrival = (a: Scanned, b: Scanned): number =>
  a.updated_time.getTime() - b.updated_time.getTime() || (a.subtask_id < b.subtask_id ? -1 : 1);

type TaskScan = Pick<HostScan, 'labels' | 'method' | 'scan_key'> & { ports: ScannedPorts };
type ScannedPorts = { protocol: PortResult['protocol']; ports: ReadonlySet<number> };

/** A method that scans no ports, and names none, has all of them in its task: it says nothing of what is closed. */
function toScannedPorts({ method, ports }: Scan): ScannedPorts {
  const isAsked = needsPorts(method) || ports !== ALL_PORTS;
  return { protocol: method === 'udp' ? 'udp' : 'tcp', ports: new Set(isAsked ? parsePorts(ports) : []) };
}

function toScan(
  { ip, task_id, subtask_id, completed_time, created_time, scan_result }: Scanned,
  { ports: scanned, ...task }: TaskScan,
  findings: HostScan['findings'] = [],
  findLeftOut: ReturnType<typeof createPortsLeftOut>,
): HostScan {
  let leftOut: ReadonlySet<number> | undefined;
  return {
    ...task,
    ip,
    task_id,
    subtask_id,
    completed_time: completed_time!,
    scan_result: scan_result!,
    findings,
    covers({ port, protocol }) {
      if (protocol !== scanned.protocol || !scanned.ports.has(port)) return false;
      leftOut ??= findLeftOut(ip, { created_time, completed_time });
      return !leftOut.has(port);
    },
  };
}

/** A task that was deleted has nothing to add. */
function skipMissing(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'task_not_found') return undefined;
  throw error;
}
