/**
 * Exclusions of ports. Such a port is left out of the scans of its addresses. If a task has no port left for an
 * address, the address is excluded from it as a whole.
 */
import {
  type ExcludedControl,
  type ExcludedPorts,
  type ExcludePorts,
  type Exclusion,
  parsePorts,
  SHOWN_EXCLUSIONS,
  type SubTask,
  toPortsText,
} from '@cyberstroll/contracts';
import { parseTargets, TargetSet } from '@cyberstroll/targets';
import { type ExclusionInForce, toExcludedSet, toExclusionState, type WholeExclusion } from './exclusions';

/** An exclusion of ports that a task has, too. */
export interface PortExclusion {
  exclusion: ExclusionInForce;
  /** Its addresses. */
  set: TargetSet;
  /** Those of its ports that the task has. */
  ports: string;
}

/** What the exclusions in force mean to tasks with the same ports. */
export interface PortsExclusions {
  /** Those that take out whole addresses. */
  whole: readonly WholeExclusion[];
  /** All addresses that they take out. */
  set: TargetSet;
  /** Those that take out ports. */
  ports: readonly PortExclusion[];
}

/** `ports`: those of the task. */
export function toPortsExclusions(exclusions: readonly ExclusionInForce[], ports: string): PortsExclusions {
  if (!exclusions.some((each) => each.ports)) return { whole: exclusions, set: toExcludedSet(exclusions), ports: [] };
  const asked = parsePorts(ports);
  const ofPorts = exclusions.flatMap((exclusion) => {
    if (!exclusion.ports) return [];
    const own = new Set(parsePorts(exclusion.ports));
    const common = asked.filter((port) => own.has(port));
    if (common.length === 0) return [];
    return [{ exclusion, set: parseTargets(exclusion.target), ports: toPortsText(common), own }];
  });
  const bare = findBare(ofPorts, asked);
  const setOf = new Map(ofPorts.map(({ exclusion, set }) => [exclusion, set]));
  const whole = exclusions.flatMap((exclusion): WholeExclusion[] => {
    if (!exclusion.ports) return [exclusion];
    const addresses = bare.intersect(setOf.get(exclusion) ?? NONE);
    return addresses.isEmpty ? [] : [{ ...exclusion, addresses }];
  });
  return { whole, set: toExcludedSet(whole), ports: ofPorts.map(({ own: _, ...each }) => each) };
}

const NONE = new TargetSet([]);

/** The addresses whose asked ports are all excluded. */
function findBare(
  ofPorts: readonly { set: TargetSet; own: ReadonlySet<number> }[],
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
    const set = those.reduce((sum, place) => sum.union(ofPorts[place]!.set), NONE);
    bare = bare?.intersect(set) ?? set;
    if (bare.isEmpty) break;
  }
  return bare ?? NONE;
}

/** Ports that these targets lose, for a plan. What is excluded as a whole is not among the targets. */
export function findLostPorts({ ports }: Pick<PortsExclusions, 'ports'>, targets: TargetSet): ExcludedPorts[] {
  const lost: ExcludedPorts[] = [];
  for (const { exclusion, set, ports: common } of ports) {
    if (lost.length === SHOWN_EXCLUSIONS) break;
    const count = Number(targets.intersect(set).count);
    const { exclusion_id, target, reason } = exclusion;
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
    const key = those.map(({ exclusion }) => exclusion.exclusion_id).join();
    const count = counts.get(key) ?? targets.intersect(those.reduce((sum, { set }) => sum.union(set), NONE)).count;
    counts.set(key, count);
    lost += count;
  }
  return lost;
}

/** `exclude_ports` of a job with these addresses: absent if it loses none. */
export function toExcludePorts(
  { ports }: Pick<PortsExclusions, 'ports'>,
  addresses: readonly string[],
): { exclude_ports?: ExcludePorts } {
  const touching = ports.filter(({ set }) => addresses.some((ip) => set.has(ip)));
  if (touching.length === 0) return {};
  return { exclude_ports: touching.map(({ exclusion: { target }, ports: common }) => ({ target, ports: common })) };
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

/** The control message about the exclusions in force. */
export function toExcludedControl(exclusions: readonly ExclusionInForce[]): ExcludedControl {
  const set = toExcludedSet(exclusions.filter(({ ports }) => ports === undefined));
  const exclude_ports = exclusions.flatMap(({ target, ports }) => (ports === undefined ? [] : [{ target, ports }]));
  return {
    state: 'excluded',
    ...(!set.isEmpty && { exclude_target: set.toText() }),
    ...(exclude_ports.length > 0 && { exclude_ports }),
  };
}
