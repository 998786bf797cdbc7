import type { ExclusionEntry, ExclusionListChange } from '@cyberstroll/contracts';
import { toAppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type TargetSet, toKeyRanges } from '@cyberstroll/targets';
import { toExcludedSet, toListInForce, toPortsExclusions } from '@cyberstroll/task-state';

/** Open tasks that are read together. */
const PAGE = 500;
/** No page is read after it, in milliseconds: the answer says that there are more. */
const READ_MS = 5_000;

export type LostAddresses = Pick<ExclusionListChange, 'open_tasks' | 'lost_addresses' | 'more_tasks'>;

/** Which open tasks would lose addresses if a list had these entries: what is excluded anyhow is not lost by it. */
export async function findLostAddresses(
  { exclusions, tasks }: Pick<Store, 'exclusions' | 'tasks'>,
  { exclusion_id, entries }: { exclusion_id: string; entries: readonly ExclusionEntry[] },
  now: Date,
  readMs = READ_MS,
): Promise<LostAddresses> {
  const before = await exclusions.findInForce(now);
  const list = toListInForce({ exclusion_id, name: '', reason: '' }, entries);
  const after = [...before.filter((each) => each.exclusion_id !== exclusion_id), ...list];
  const byPorts = new Map<string, TargetSet>();
  const findFresh = (ports: string): TargetSet => {
    const known = byPorts.get(ports);
    if (known) return known;
    const toSet = (each: typeof before) => toExcludedSet(toPortsExclusions(each, ports).whole);
    const fresh = toSet(after).minus(toSet(before));
    byPorts.set(ports, fresh);
    return fresh;
  };
  const ranges = toKeyRanges(toExcludedSet(list).intervals);
  async function countLost({ task_id, total_targets }: { task_id: string; total_targets: number }): Promise<number> {
    try {
      const { targets, scan } = await tasks.getJobSource(task_id, total_targets);
      return targets.findCommon(findFresh(scan.ports)).count;
    } catch (error) {
      // It was deleted meanwhile.
      if (toAppError(error).kind !== 'missing') throw error;
      return 0;
    }
  }
  const until = performance.now() + readMs;
  let [open_tasks, lost_addresses] = [0, 0];
  for (let after: string | undefined; ; ) {
    const page = await tasks.findOpenWithin(ranges, { after, limit: PAGE });
    const counts = await Promise.all(page.map(countLost));
    open_tasks += counts.filter((count) => count > 0).length;
    lost_addresses += counts.reduce((sum, count) => sum + count, 0);
    after = page.at(-1)?.task_id;
    const more_tasks = page.length === PAGE;
    if (!more_tasks || performance.now() >= until) return { open_tasks, lost_addresses, more_tasks };
  }
}
