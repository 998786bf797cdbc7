import { BoundedMap } from '@cyberstroll/runtime';
import { type KeyRange, toKeyRanges } from '@cyberstroll/targets';
import {
  type ExclusionInForce,
  type PortsExclusions,
  toExcludedSet,
  toExclusionState,
  toPortsExclusions,
} from '@cyberstroll/task-state';
import type { Store } from '../store';
import type { OpenExclusion } from './exclusion-store';

/** The exclusions that are in force. */
export interface InForce {
  exclusions: readonly ExclusionInForce[];
  /** Where their addresses lie: ranges that hold all of them. */
  ranges: readonly KeyRange[];
  /** Changes if one begins or ends. */
  key: string;
  /** What they mean to a task that scans these ports. */
  of(ports: string): PortsExclusions;
}

export type ExclusionWatch = ReturnType<typeof createExclusionWatch>;

/** For how long what was read is used, in milliseconds. The event of an exclusion ends it. */
const READ_MS = 500;
/** Lists of ports whose exclusions are kept. */
const PORT_LISTS = 1_000;

/** What a process knows of the exclusions: it reads them when it needs them, twice a second at most. */
export function createExclusionWatch({ exclusions }: Pick<Store, 'exclusions'>, readMs = READ_MS) {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let open: Promise<OpenExclusion[]> = Promise.resolve([]);
  let last: InForce = toInForce([], '');

  function findOpen(now: Date): Promise<OpenExclusion[]> {
    if (performance.now() - readAtMs < readMs) return open;
    readAtMs = performance.now();
    open = exclusions.findOpen(now);
    open.catch(() => {
      readAtMs = Number.NEGATIVE_INFINITY;
    });
    return open;
  }

  return {
    async read(now: Date): Promise<InForce> {
      const inForce = (await findOpen(now)).filter((each) => toExclusionState(each, now) === 'in_force');
      const key = inForce.map(({ exclusion_id }) => exclusion_id).join();
      if (key !== last.key) last = toInForce(inForce, key);
      return last;
    },
    /** One may have changed: the next read asks MongoDB. */
    noteChange(): void {
      readAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}

function toInForce(exclusions: readonly ExclusionInForce[], key: string): InForce {
  const hasPorts = exclusions.some(({ ports }) => ports !== undefined);
  const known = new BoundedMap<string, PortsExclusions>(PORT_LISTS);
  return {
    exclusions,
    ranges: toKeyRanges(toExcludedSet(exclusions).intervals),
    key,
    of(ports) {
      // Whole addresses are the same for all.
      const kept = hasPorts ? ports : '';
      const found = known.get(kept) ?? toPortsExclusions(exclusions, ports);
      known.set(kept, found);
      return found;
    },
  };
}
