import { parsePorts, type Result, type Task } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { toAddressKey } from '@cyberstroll/targets';
import { compareHosts, type HostComparison } from '../core/results/compare-hosts';
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

/**
 * Every host that two tasks found a port open on, in the order of addresses, after the one with the key `after`. Both
 * are read in this order, as they are taken, so memory holds one batch of each.
 */
export async function* compareTasks(
  store: Pick<Store, 'results' | 'subTasks'>,
  { before, after }: { before: Pick<Task, 'task_id' | 'scan'>; after: Pick<Task, 'task_id' | 'scan'> },
  { after: last, signal }: { after?: string | undefined; signal: AbortSignal },
): AsyncGenerator<ComparedHost> {
  const cursor = last === undefined ? undefined : `${last}-${LAST_ID}`;
  const read = ({ task_id }: Pick<Task, 'task_id'>) =>
    store.results.stream({ task_id, by_address: true, cursor }, signal);
  const [old, now] = await Promise.all([read(before), read(after)]);
  const [oldPorts, nowPorts] = [before, after].map(({ scan }) => new Set(parsePorts(scan.ports))) as [
    Set<number>,
    Set<number>,
  ];

  async function* compare(pairs: readonly Pair[]): AsyncGenerator<ComparedHost> {
    const missing = (side: keyof Pair) => pairs.filter((pair) => !pair[side]).map(toAddress);
    const [inOld, inNow] = await Promise.all([
      store.subTasks.findScanned(before.task_id, missing('left')),
      store.subTasks.findScanned(after.task_id, missing('right')),
    ]);
    for (const pair of pairs) {
      const { left, right } = pair;
      const ip = toAddress(pair);
      const compared = compareHosts(
        { result: left, isScanned: left !== undefined || inOld.has(ip), ports: oldPorts },
        { result: right, isScanned: right !== undefined || inNow.has(ip), ports: nowPorts },
      );
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

interface Pair {
  left?: Result;
  right?: Result;
}
const toAddress = ({ left, right }: Pair): string => (left ?? right)!.ip;
