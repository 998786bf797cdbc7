import { BoundedMap } from '@cyberstroll/runtime';
import type { OpenExclusion, Store } from '@cyberstroll/store';
import { type KeyRange, type TargetSet, toKeyRanges } from '@cyberstroll/targets';
import {
  createExclusionIndex,
  type ExclusionIndex,
  findNextOpening,
  isWindowOpen,
  type PortsExclusions,
  toExcludedSet,
  toExclusionState,
  toPortsExclusions,
} from '@cyberstroll/task-state';

/** The exclusions that are in force. */
export interface InForce {
  exclusions: readonly OpenExclusion[];
  /** They were read after this time. */
  readTime: Date;
  /** Where their addresses lie: ranges that hold all of them. */
  ranges: readonly KeyRange[];
  /** Changes if one begins or ends. */
  key: string;
  /** What they mean to a task that scans these ports. */
  of(ports: string): OfPorts;
  /** When the next of the others begins that covers one of these addresses. */
  findNext(addresses: readonly string[]): Date | undefined;
}

/** What is excluded as a whole: tasks share it. */
interface OfPorts extends Pick<PortsExclusions, 'ports'> {
  index: ExclusionIndex;
}

export type ExclusionWatch = ReturnType<typeof createExclusionWatch>;

/** For how long what was read is used, in milliseconds. The event of an exclusion ends it. */
const READ_MS = 500;
/** Lists of ports whose exclusions are kept. */
const PORT_LISTS = 100;

/** What a process knows of the exclusions: it reads them when it needs them, twice a second at most. */
export function createExclusionWatch({ exclusions }: Pick<Store, 'exclusions'>, readMs = READ_MS) {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let readTime = new Date(0);
  let open: Promise<OpenExclusion[]> = Promise.resolve([]);
  let lastOfAll = ';';
  let last = toInForce([], [], '');

  function findOpen(now: Date): Promise<OpenExclusion[]> {
    if (performance.now() - readAtMs < readMs) return open;
    readAtMs = performance.now();
    readTime = now;
    open = exclusions.findOpen(now);
    open.catch(() => {
      readAtMs = Number.NEGATIVE_INFINITY;
    });
    return open;
  }

  return {
    async read(now: Date): Promise<InForce> {
      const reading = findOpen(now);
      const asOf = readTime;
      const [planned, inForce] = partition(await reading, (each) => toExclusionState(each, now) === 'in_force');
      const toKey = (exclusions: readonly OpenExclusion[]) => exclusions.map(({ key }) => key).join();
      const key = toKey(inForce);
      const all = `${key};${toKey(planned)}`;
      if (all !== lastOfAll) last = toInForce(inForce, toPlanned(planned, now), key);
      lastOfAll = all;
      return { ...last, readTime: asOf };
    },
    /** One may have changed: the next read asks MongoDB. */
    noteChange(): void {
      readAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}

interface PlannedExclusion {
  set: TargetSet;
  from: Date;
}

/** They may be planned for a time that is past once they begin: then another read has them in force. */
function toPlanned(exclusions: readonly OpenExclusion[], now: Date): PlannedExclusion[] {
  return exclusions.flatMap(({ set, start, hours }) => {
    const earliest = start > now ? start : now;
    const from = isWindowOpen(hours, earliest) ? earliest : findNextOpening(hours!, earliest);
    return from ? [{ set, from }] : [];
  });
}

function toInForce(
  exclusions: readonly OpenExclusion[],
  planned: readonly PlannedExclusion[],
  key: string,
): Omit<InForce, 'readTime'> {
  const ofAll = exclusions.filter(({ ports }) => ports === undefined);
  const index = createExclusionIndex(ofAll);
  const ofPorts = toExcludedSet(exclusions.filter(({ ports }) => ports !== undefined));
  const known = new BoundedMap<string, OfPorts>(PORT_LISTS);
  const toOfPorts = (asked: string): OfPorts => {
    const { whole, ports } = toPortsExclusions(exclusions, asked);
    return { index: whole.length === ofAll.length ? index : createExclusionIndex(whole), ports };
  };
  return {
    exclusions,
    ranges: toKeyRanges(index.set.union(ofPorts).intervals),
    key,
    of(ports) {
      // Whole addresses are the same for all.
      const kept = ofPorts.isEmpty ? '' : ports;
      const found = known.get(kept) ?? toOfPorts(ports);
      known.set(kept, found);
      return found;
    },
    findNext(addresses) {
      const times = planned.filter(({ set }) => addresses.some((ip) => set.has(ip))).map(({ from }) => from.getTime());
      return times.length > 0 ? new Date(Math.min(...times)) : undefined;
    },
  };
}

function partition<Item>(items: readonly Item[], is: (item: Item) => boolean): [others: Item[], those: Item[]] {
  return [items.filter((item) => !is(item)), items.filter(is)];
}
