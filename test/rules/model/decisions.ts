import { askGate } from '@cyberstroll/task-state';
import type { ServerClock } from '../../../packages/nodes/scanner-sdk/src/control/server-clock';
import { findLeftQueue } from '../../../services/retry-scheduler/src/core/find-left-queue';

export type NodeClock = Pick<ServerClock, 'noteRepeated' | 'knowsRules' | 'hasCome'>;

/** What the model runs: what the services and nodes call. A mutant replaces one of them. */
export interface Decisions {
  askGate: typeof askGate;
  findLeftQueue: typeof findLeftQueue;
  /** How a node uses its clock. */
  toNodeClock: (clock: ServerClock) => NodeClock;
  /** How old the time is that `repeated` has, by how long ago its pass began. */
  toAge: (beganBefore: number) => number;
  /** In which order a pass says what it has to say. */
  toOrder: <Message>(stops: readonly Message[], repeated: Message) => readonly Message[];
}

export const REAL: Decisions = {
  askGate,
  findLeftQueue,
  toNodeClock: (clock) => clock,
  toAge: (beganBefore) => beganBefore,
  toOrder: (stops, repeated) => [...stops, repeated],
};

const clockWith = (change: (clock: ServerClock) => Partial<NodeClock>): Partial<Decisions> => ({
  toNodeClock: (clock) => ({
    noteRepeated: (...given) => clock.noteRepeated(...given),
    knowsRules: (...given) => clock.knowsRules(...given),
    hasCome: (...given) => clock.hasCome(...given),
    ...change(clock),
  }),
});

/** Long before anything. */
const LONG_AGO = -1e9;

/** One protection taken out of each. */
export const MUTANTS = {
  'a node begins scans however old its last repeated is': clockWith((clock) => ({
    knowsRules: () => clock.knowsRules(LONG_AGO),
  })),
  'a fresh node begins scans before its first repeated': clockWith((clock) => ({
    knowsRules: (now) => !clock.hasCome(LONG_AGO, now) || clock.knowsRules(now),
  })),
  'a node that was cut off begins scans after any repeated': clockWith((clock) => ({
    noteRepeated: ({ server_time }, now) => clock.noteRepeated({ server_time, within_ms: LONG_AGO }, now),
  })),
  'a node does not look at not_after': clockWith(() => ({ hasCome: () => false })),
  'repeated has a time after the rules were read': { toAge: () => 0 },
  'repeated goes out before the pauses': { toOrder: (stops, repeated) => [repeated, ...stops] },
  'the sender does not ask the gate': { askGate: () => ({ mayBegin: true }) },
  'what expired is not recalled': {
    findLeftQueue: (...given) => findLeftQueue(...given).filter(({ reason }) => reason === 'dropped'),
  },
} satisfies Record<string, Partial<Decisions>>;
