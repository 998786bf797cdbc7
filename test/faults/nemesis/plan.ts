/**
 * Plans what the nemesis will do, from a seed alone. A deck has every kind of fault, the common ones several times if
 * not asked otherwise.
 * It is shuffled, and each card gets its victim and its moment. Every seed plays every kind; the order, the victims and
 * the overlaps differ.
 */
import { createSeededRandom, shuffle } from '../rig/seeded-random';

export const FAULT_KINDS = [
  'kill_service',
  'kill_node',
  'stop_node',
  'stop_updater',
  'restart',
  'kill_rabbitmq',
  'kill_broker_node',
  'restart_broker_node',
  'kill_mongodb',
  'kill_redis',
  'kill_both',
  'stall_node',
  'stall_dispatcher',
  'stall_rabbitmq',
  'stall_broker_node',
  'stall_mongodb',
  'stall_redis',
  'flush_redis',
  'die_after_commit',
  'duplicate',
  'shuffle',
  'poison',
  'ghost_claims',
  'purge_jobs',
  'pause',
  'cancel',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What the system runs on: one server of each, or a RabbitMQ cluster with one node disturbed at a time. */
export const SET_UPS = ['single', 'rabbitmq-cluster'] as const;
export type SetUp = (typeof SET_UPS)[number];

const OF_BROKER_NODE: readonly FaultKind[] = ['kill_broker_node', 'restart_broker_node', 'stall_broker_node'];
const LEFT_OUT: Record<SetUp, readonly FaultKind[]> = {
  single: OF_BROKER_NODE,
  'rabbitmq-cluster': ['kill_rabbitmq', 'stall_rabbitmq'],
};
/** The kinds of fault that are played there. */
export const getKinds = (setUp: SetUp): FaultKind[] => FAULT_KINDS.filter((kind) => !LEFT_OUT[setUp].includes(kind));

export interface PlannedFault {
  /** From the beginning of the run, in milliseconds. */
  at_ms: number;
  fault: FaultKind;
  /** An instance, an engine, or a task of the workload by its name. */
  victim: string;
}

/** Who there is to be disturbed, by instance name. */
export interface Victims {
  services: readonly string[];
  nodes: readonly string[];
  updaters: readonly string[];
  dispatchers: readonly string[];
  /** Services that have several replicas, by the service's name. */
  pairs: readonly string[];
  /** Nodes that really scan: what they find is known. */
  scanners: readonly string[];
  /** Of a RabbitMQ cluster; none on a single broker. */
  brokerNodes: readonly string[];
}

const MORE_OF: readonly FaultKind[] = [
  'kill_broker_node',
  'kill_service',
  'kill_service',
  'kill_service',
  'kill_node',
  'restart',
  'duplicate',
  'kill_both',
  'stall_node',
  'stall_node',
  'stall_node',
];

const FIRST_MS = 1_500;
const LEAST_GAP_MS = 300;
const MOST_GAP_MS = 2_500;

/** The same seed, victims and `isOnce` make the same plan. */
export function toPlan(seed: number, victims: Victims, { isOnce = false } = {}): PlannedFault[] {
  const { services, nodes, updaters, dispatchers, pairs, scanners, brokerNodes } = victims;
  const kinds = getKinds(brokerNodes.length > 0 ? 'rabbitmq-cluster' : 'single');
  const random = createSeededRandom(seed);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  const victimOf: Record<FaultKind, () => string> = {
    kill_service: () => pick(services),
    kill_node: () => pick(nodes),
    stop_node: () => pick(nodes),
    stop_updater: () => pick(updaters),
    restart: () => pick([...services, ...nodes]),
    kill_rabbitmq: () => 'rabbitmq',
    kill_broker_node: () => pick(brokerNodes),
    restart_broker_node: () => pick(brokerNodes),
    kill_mongodb: () => 'mongodb',
    kill_redis: () => 'redis',
    kill_both: () => pick(pairs),
    stall_node: () => pick(scanners),
    stall_dispatcher: () => pick(dispatchers),
    stall_rabbitmq: () => 'rabbitmq',
    stall_broker_node: () => pick(brokerNodes),
    stall_mongodb: () => 'mongodb',
    stall_redis: () => 'redis',
    flush_redis: () => 'redis',
    die_after_commit: () => 'state-updater',
    duplicate: () => 'recorded',
    shuffle: () => 'recorded',
    poison: () => 'recorded',
    ghost_claims: () => 'steady',
    purge_jobs: () => 'steady',
    pause: () => 'paused',
    cancel: () => 'cancelled',
  };
  let at_ms = FIRST_MS;
  const deck = [...kinds, ...MORE_OF.filter((kind) => !isOnce && kinds.includes(kind))];
  const plan = shuffle(deck, random).map((fault) => {
    const planned = { at_ms, fault, victim: victimOf[fault]() };
    at_ms += Math.round(LEAST_GAP_MS + random() * (MOST_GAP_MS - LEAST_GAP_MS));
    return planned;
  });
  // Each waits until the cluster is whole after the one before: they begin early, so that there is work under way
  // during all of them.
  for (const planned of plan) if (OF_BROKER_NODE.includes(planned.fault)) planned.at_ms = Math.round(planned.at_ms / 2);
  return plan.sort((a, b) => a.at_ms - b.at_ms);
}
