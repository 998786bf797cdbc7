import type { ExclusionEntry, ExclusionListChange } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { type TargetSet, toKeyRanges } from '@cyberstroll/targets';
import { toExcludedSet, toListInForce, toPortsExclusions } from '@cyberstroll/task-state';

/** Open tasks that are looked at. */
const MAX_TASKS = 2_000;

export type LostAddresses = Pick<ExclusionListChange, 'open_tasks' | 'lost_addresses' | 'more_tasks'>;

/** Which open tasks would lose addresses if a list had these entries: what is excluded anyhow is not lost by it. */
export async function findLostAddresses(
  { exclusions, tasks }: Pick<Store, 'exclusions' | 'tasks'>,
  { exclusion_id, entries }: { exclusion_id: string; entries: readonly ExclusionEntry[] },
  now: Date,
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
  const found = await tasks.findOpenWithin(ranges, { after: undefined, limit: MAX_TASKS + 1 });
  let [open_tasks, lost_addresses] = [0, 0];
  for (const { task_id, total_targets } of found.slice(0, MAX_TASKS)) {
    const { targets, scan } = await tasks.getJobSource(task_id, total_targets);
    const { count } = targets.findCommon(findFresh(scan.ports));
    open_tasks += count > 0 ? 1 : 0;
    lost_addresses += count;
  }
  return { open_tasks, lost_addresses, more_tasks: found.length > MAX_TASKS };
}
