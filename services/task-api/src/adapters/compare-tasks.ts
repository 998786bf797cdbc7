import { parsePorts, type Result, type Task } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { toAddressKey } from '@cyberstroll/targets';
import { createPortsLeftOut } from '@cyberstroll/task-state';
import { compareHosts, type HostComparison, type HostView } from '../core/results/compare-hosts';
import { mergeByKey } from '../core/results/merge-by-key';

/** A host with an open port in one of two tasks. */
export interface ComparedHost {
  ip: string;
  /** Its place in the order of addresses. */
  key: string;
  compared: HostComparison;
}

/** Hosts for which both tasks are asked at once whether they have scanned them. */
const BATCH = 500;
/** Beyond every id of a subtask. */
const LAST_ID = 'f'.repeat(24);

type ComparedTask = Pick<Task, 'task_id' | 'scan' | 'created_time' | 'completed_time'>;

/**
 * Every host that two tasks found a port open on, in the order of addresses, after the one with the key `after`. Both
 * are read in this order, as they are taken, so memory holds one batch of each. A port that an exclusion took out of
 * the scan of an address was not scanned there.
 */
export async function* compareTasks(
  store: Pick<Store, 'results' | 'subTasks' | 'exclusions'>,
  { before, after }: { before: ComparedTask; after: ComparedTask },
  { after: last, signal }: { after?: string | undefined; signal: AbortSignal },
): AsyncGenerator<ComparedHost> {
  const cursor = last === undefined ? undefined : `${last}-${LAST_ID}`;
  const read = ({ task_id }: Pick<Task, 'task_id'>) =>
    store.results.stream({ task_id, by_address: true, cursor }, signal);
  const [old, now] = await Promise.all([read(before), read(after)]);
  const [ofOld, ofNow] = await Promise.all([readScans(store, before), readScans(store, after)]);

  async function* compare(pairs: readonly Pair[]): AsyncGenerator<ComparedHost> {
    const [viewOld, viewNow] = await Promise.all([
      ofOld(pairs.map((pair) => ({ ip: toAddress(pair), result: pair.left }))),
      ofNow(pairs.map((pair) => ({ ip: toAddress(pair), result: pair.right }))),
    ]);
    for (const pair of pairs) {
      const ip = toAddress(pair);
      const compared = compareHosts(viewOld(ip, pair.left), viewNow(ip, pair.right));
      yield { ip, key: toAddressKey(ip), compared };
    }
  }

  let pairs: Pair[] = [];
  for await (const pair of mergeByKey(old, now, ({ ip }) => toAddressKey(ip))) {
    pairs.push(pair);
    if (pairs.length < BATCH) continue;
    yield* compare(pairs);
    pairs = [];
  }
  yield* compare(pairs);
}

/** For some hosts, with what a task found on them: what it knows of each. */
async function readScans(store: Pick<Store, 'subTasks' | 'exclusions'>, task: ComparedTask) {
  const asked = new Set(parsePorts(task.scan.ports));
  const exclusions = await store.exclusions.findOfPorts(task.created_time, task.completed_time ?? new Date());
  const findLeftOut = createPortsLeftOut(exclusions);
  return async (hosts: readonly { ip: string; result: Result | undefined }[]) => {
    const unknown = exclusions.length > 0 ? hosts : hosts.filter(({ result }) => !result);
    const scans = await store.subTasks.findScanned(
      task.task_id,
      unknown.map(({ ip }) => ip),
    );
    return (ip: string, result: Result | undefined): HostView => {
      const period = scans.get(ip);
      const leftOut = period && findLeftOut(ip, period);
      const ports = leftOut?.size ? new Set([...asked].filter((port) => !leftOut.has(port))) : asked;
      return { result, isScanned: result !== undefined || period !== undefined, ports };
    };
  };
}

interface Pair {
  left?: Result;
  right?: Result;
}
const toAddress = ({ left, right }: Pair): string => (left ?? right)!.ip;
