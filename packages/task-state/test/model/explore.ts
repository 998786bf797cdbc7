/**
 * Explores all states of a model, breadth first, and says the shortest way to the first fault. A state is a fixed
 * number of 32-bit words: a million states take some ten megabytes. Known states are found by their hash and compared
 * as a whole, so a collision hides nothing.
 */
import { createStateSet, withRoom } from './state-set';

export interface Model {
  /** Words of a state. */
  words: number;
  initial: Int32Array;
  /** Calls `visit` for each step that can happen in a state, always in the same order. `next` is copied. */
  expand(state: Int32Array, visit: Visit): void;
  /** What is wrong with a state. */
  findFault(state: Int32Array): string | undefined;
  /** Whether a state may stay as it is for ever, or is at the bounds of the model. */
  isEnd(state: Int32Array): boolean;
}

/** `isOwn`: the system takes this step without help. The others are commands, failures and forgeries. */
export type Visit = (next: Int32Array, action: string, isOwn: boolean, fault?: string) => void;

export interface Exploration {
  states: number;
  /** Steps from a state to another one, or to itself. */
  steps: number;
  /** What is wrong, and the actions that lead there. */
  fault?: { text: string; trace: string[] };
}

export function explore(model: Model): Exploration {
  const known = createStateSet(model.words);
  /** By state: the state that it was found from. */
  let parents = new Int32Array(1 << 16);
  /** By state: where the system's own steps lead, in `own` from `firsts[state]` to `firsts[state + 1]`. */
  let own = new Int32Array(1 << 16);
  let firsts = new Int32Array(1 << 16);
  let owned = 0;
  let steps = 0;
  let fault: { text: string; at: number; actions: string[] } | undefined;

  known.add(model.initial);
  for (let at = 0; at < known.size() && !fault; at++) {
    const state = known.get(at);
    const text = model.findFault(state);
    if (text !== undefined) fault = { text, at, actions: [] };
    else model.expand(state, (next, action, isOwn, wrong) => note(at, next, action, isOwn, wrong));
    firsts = withRoom(firsts, at + 1);
    firsts[at + 1] = owned;
  }
  const stuck = fault ? -1 : findStuck();
  if (stuck >= 0) fault = { text: 'no end can be reached', at: stuck, actions: [] };
  const states = known.size();
  if (!fault) return { states, steps };
  return { states, steps, fault: { text: fault.text, trace: [...toTrace(fault.at), ...fault.actions] } };

  function note(at: number, next: Int32Array, action: string, isOwn: boolean, wrong: string | undefined): void {
    if (fault) return;
    steps++;
    if (wrong !== undefined) {
      fault = { text: wrong, at, actions: [action] };
      return;
    }
    const size = known.size();
    const to = known.add(next);
    if (to === size) {
      parents = withRoom(parents, to);
      parents[to] = at;
    }
    if (!isOwn || to === at) return;
    own = withRoom(own, owned);
    own[owned++] = to;
  }

  function toTrace(state: number): string[] {
    const trace: string[] = [];
    for (let to = state; to > 0; to = parents[to]!) {
      let name: string | undefined;
      model.expand(known.get(parents[to]!), (next, action) => {
        if (name === undefined && known.add(next) === to) name = action;
      });
      trace.unshift(name!);
    }
    return trace;
  }

  /** The first state from which the system's own steps reach no end; -1 if each reaches one. */
  function findStuck(): number {
    const reaches = new Uint8Array(known.size());
    for (let at = 0; at < reaches.length; at++) if (model.isEnd(known.get(at))) reaches[at] = 1;
    // Most steps lead to later states, so few passes are needed.
    for (let found = 1; found > 0; ) {
      found = 0;
      for (let at = reaches.length - 1; at >= 0; at--) {
        if (reaches[at] === 0 && leadsToEnd(at, reaches)) found += reaches[at] = 1;
      }
    }
    return reaches.indexOf(0);
  }

  function leadsToEnd(at: number, reaches: Uint8Array): boolean {
    for (let i = firsts[at]!; i < firsts[at + 1]!; i++) if (reaches[own[i]!] === 1) return true;
    return false;
  }
}
