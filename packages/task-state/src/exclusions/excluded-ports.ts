/**
 * Exclusions of ports. Such a port is left out of the scans of its addresses. If a task has no port left for an
 * address, the address is excluded from it as a whole.
 */
import {
  type ExcludedControl,
  type ExcludedPorts,
  type ExcludePorts,
  type Exclusion,
  groupBy,
  parsePorts,
  SHOWN_EXCLUSIONS,
  type SubTask,
  toPortsText,
} from '@cyberstroll/contracts';
import { parseTargets, type TargetSet } from '@cyberstroll/targets';
import { type ExclusionInForce, NO_TARGETS, toExcludedSet, toExclusionState, type WholeExclusion } from './exclusions';

/** An exclusion of ports that a task has, too. */
export interface PortExclusion {
  exclusion: ExclusionInForce;
  /** Those of its ports that the task has. */
  ports: string;
}

/** What the exclusions in force mean to tasks with the same ports. */
export interface PortsExclusions {
  /** Those that take out whole addresses. */
  whole: readonly WholeExclusion[];
  /** Those that take out ports. */
  ports: readonly PortExclusion[];
}

/** `ports`: those of the task. */
export function toPortsExclusions(exclusions: readonly ExclusionInForce[], ports: string): PortsExclusions {
  if (!exclusions.some((each) => each.ports)) return { whole: exclusions, ports: [] };
  const asked = parsePorts(ports);
  const ofPorts = exclusions.flatMap((exclusion) => {
    if (!exclusion.ports) return [];
    const own = new Set(parsePorts(exclusion.ports));
    const common = asked.filter((port) => own.has(port));
    if (common.length === 0) return [];
    return [{ exclusion, ports: toPortsText(common), own }];
  });
  const bare = findBare(ofPorts, asked);
  const areAsked = new Set(ofPorts.map(({ exclusion }) => exclusion));
  const whole = exclusions.flatMap((exclusion): WholeExclusion[] => {
    if (!exclusion.ports) return [exclusion];
    const set = areAsked.has(exclusion) ? bare.intersect(exclusion.set) : NO_TARGETS;
    return set.isEmpty ? [] : [{ ...exclusion, set }];
  });
  return { whole, ports: ofPorts.map(({ own: _, ...each }) => each) };
}

/** The addresses whose asked ports are all excluded. */
function findBare(
  ofPorts: readonly (PortExclusion & { own: ReadonlySet<number> })[],
  asked: readonly number[],
): TargetSet {
  let bare: TargetSet | undefined;
  const seen = new Set<string>();
  for (const port of asked) {
    const those = ofPorts.flatMap(({ own }, place) => (own.has(port) ? [place] : []));
    // Ports of the same exclusions have the same addresses.
    const key = those.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const set = toExcludedSet(those.map((place) => ofPorts[place]!.exclusion));
    bare = bare?.intersect(set) ?? set;
    if (bare.isEmpty) break;
  }
  return bare ?? NO_TARGETS;
}

/** Ports that these targets lose, for a plan. What is excluded as a whole is not among the targets. */
export function findLostPorts({ ports }: Pick<PortsExclusions, 'ports'>, targets: TargetSet): ExcludedPorts[] {
  const lost: ExcludedPorts[] = [];
  for (const { exclusion, ports: common } of ports) {
    if (lost.length === SHOWN_EXCLUSIONS) break;
    const { exclusion_id, target, reason, set } = exclusion;
    const count = Number(targets.intersect(set).count);
    if (count > 0) lost.push({ exclusion_id, target, reason, count, ports: common });
  }
  return lost;
}

/** Ports of these targets that are lost: each of an address once, however many exclusions name it. */
export function countLostProbes({ ports }: Pick<PortsExclusions, 'ports'>, targets: TargetSet): bigint {
  const own = ports.map((each) => new Set(parsePorts(each.ports)));
  const counts = new Map<string, bigint>();
  let lost = 0n;
  for (const port of new Set(own.flatMap((each) => [...each]))) {
    const those = ports.filter((_, place) => own[place]!.has(port));
    // Ports of the same exclusions have the same addresses.
    const key = those.map((each) => ports.indexOf(each)).join();
    const common = those.map(({ exclusion }) => targets.intersect(exclusion.set));
    const count = counts.get(key) ?? NO_TARGETS.union(...common).count;
    counts.set(key, count);
    lost += count;
  }
  return lost;
}

/** `exclude_ports` of a job with these addresses: absent if it loses none. An entry has those with the same ports. */
export function toExcludePorts(
  { ports }: Pick<PortsExclusions, 'ports'>,
  addresses: readonly string[],
): { exclude_ports?: ExcludePorts } {
  const lost = groupBy(addresses, (ip) => {
    const those = ports.filter(({ exclusion }) => exclusion.set.has(ip));
    return those.length === 0 ? '' : toPortsText(those.flatMap((each) => parsePorts(each.ports)));
  });
  lost.delete('');
  if (lost.size === 0) return {};
  const toEntry = ([common, ips]: [string, string[]]) => ({ target: parseTargets(ips.join()).toText(), ports: common });
  return { exclude_ports: [...lost].map(toEntry) };
}

/** When a subtask was first sent, and when its scan was over. */
export type ScanPeriod = Pick<SubTask, 'created_time' | 'completed_time'>;

/** An exclusion of ports, with the times when it is in force. */
export type TimedPortExclusion = Pick<Exclusion, 'target' | 'start' | 'until' | 'hours'> & { ports: string };

/**
 * Which ports the scan of an address has left out, by the exclusions of its time: in a job that was sent before an
 * exclusion ended, the ports are left out for as long as the scan takes. One with hours counts if it is in force when
 * the subtask is sent, or when the scan is over.
 */
export function createPortsLeftOut(exclusions: readonly TimedPortExclusion[]) {
  const each = exclusions.map((exclusion) => ({
    exclusion,
    set: parseTargets(exclusion.target),
    ports: parsePorts(exclusion.ports),
  }));
  return (ip: string, { created_time: sent, completed_time: over = sent }: ScanPeriod): ReadonlySet<number> =>
    new Set(each.flatMap(({ exclusion, set, ports }) => (isOf(exclusion, sent, over) && set.has(ip) ? ports : [])));
}

function isOf(exclusion: TimedPortExclusion, sent: Date, over: Date): boolean {
  if (!exclusion.hours) return exclusion.start <= over && exclusion.until > sent;
  return [sent, over].some((time) => toExclusionState(exclusion, time) === 'in_force');
}

/** Intervals that a control message names at most: it goes to every node every 2 s. */
const MAX_NAMED = 1_000;

/** An exclusion that has just changed may be newer by the clock of the server than by its own time. */
const SETTLED_MS = 2_000;

/**
 * The control message about the exclusions in force: the newest that fit, each whole. `jobs_since`: jobs from before it
 * may have addresses of one that does not fit.
 */
export function toExcludedControl(exclusions: readonly (ExclusionInForce & { changed_time: Date })[]): {
  control: ExcludedControl;
  jobs_since?: number;
} {
  let room = MAX_NAMED;
  const newestFirst = [...exclusions].sort((a, b) => b.changed_time.getTime() - a.changed_time.getTime());
  const named = newestFirst.filter(({ set: { intervals } }) => {
    if (intervals.length > room) return false;
    room -= intervals.length;
    return true;
  });
  const left = newestFirst.find((each) => !named.includes(each));
  const set = toExcludedSet(named.filter(({ ports }) => ports === undefined));
  const exclude_ports = named.flatMap((each) => (each.ports ? [{ target: each.set.toText(), ports: each.ports }] : []));
  return {
    control: {
      state: 'excluded',
      ...(!set.isEmpty && { exclude_target: set.toText() }),
      ...(exclude_ports.length > 0 && { exclude_ports }),
    },
    ...(left && { jobs_since: left.changed_time.getTime() + SETTLED_MS }),
  };
}
