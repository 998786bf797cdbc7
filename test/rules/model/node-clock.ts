import { KNOWN_FOR_MS } from '@cyberstroll/contracts';
import { ServerClock } from '../../../packages/nodes/scanner-sdk/src/control/server-clock';
import type { Decisions } from './decisions';

/** What decides about the future of a node's clock, in ticks: see the fields of the model. */
export interface ClockWords {
  listening: number;
  isComplete: number;
  knowsFor: number;
  late: number;
}

const LONG_AGO = -1e9;

/**
 * The clock of the SDK as it stands in a state, and what it becomes when it hears `repeated`. It is created from the
 * words, and read again into words, so the model has no copy of what it does. Now is 0, for the node and the server.
 */
export function createNodeClocks({ toNodeClock }: Decisions, { tickMs, old }: { tickMs: number; old: number }) {
  function toClock({ listening, isComplete, knowsFor, late }: ClockWords): ServerClock {
    const clock = new ServerClock();
    if (listening >= 0) clock.noteListening(true, -listening * tickMs);
    if (late < 0) return clock;
    const saidAt = knowsFor * tickMs - KNOWN_FOR_MS;
    clock.noteRepeated({ server_time: saidAt, within_ms: isComplete ? LONG_AGO : -LONG_AGO }, saidAt);
    return clock;
  }

  /** What is complete needs no longer be compared with the time at which the node began to listen. */
  function toWords(clock: ServerClock): Partial<ClockWords> {
    const isComplete = clock.knowsRules(LONG_AGO);
    let knowsFor = 0;
    while (isComplete && clock.knowsRules(knowsFor * tickMs)) knowsFor++;
    return { isComplete: Number(isComplete), knowsFor, late: 0, ...(isComplete && { listening: old }) };
  }

  const clocks = new Map<number, ReturnType<typeof create>>();
  function create(words: ClockWords) {
    const clock = toNodeClock(toClock(words));
    const heard = new Map<number, Partial<ClockWords>>();
    return {
      knowsRules: clock.knowsRules(0),
      hasCome: Array.from({ length: old + 1 }, (_, ticks) => clock.hasCome(ticks * tickMs, 0)),
      /** A `repeated` whose time is `age` ticks before now. A part of a tick has passed since its pass began. */
      hear(age: number, within: number) {
        const key = age * 16 + within;
        let next = heard.get(key);
        if (!next) {
          const hearing = toClock(words);
          const within_ms = (within + 0.5) * tickMs;
          toNodeClock(hearing).noteRepeated({ server_time: -age * tickMs, within_ms }, 0);
          next = toWords(hearing);
          heard.set(key, next);
        }
        return next;
      },
    };
  }
  return (words: ClockWords) => {
    const { listening, isComplete, knowsFor, late } = words;
    const key = (((listening + 1) * 16 + knowsFor) * 2 + late + 1) * 2 + isComplete;
    const clock = clocks.get(key) ?? create(words);
    clocks.set(key, clock);
    return clock;
  };
}
