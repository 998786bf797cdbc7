import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import { type CoveredFacts, type CoveringRule, createCoverTest } from './is-covered';

type Find = (task: CoveredFacts) => number[];

/** By list of rules. Many tasks are asked about one list, which does not change. */
const finds = new WeakMap<readonly CoveringRule[], Find>();

/** The rules that cover a task, in their order. Of many rules, only those are looked at that may. */
export function findCovering<Rule extends CoveringRule>(rules: readonly Rule[], task: CoveredFacts): Rule[] {
  const find = finds.get(rules) ?? createFind(rules);
  finds.set(rules, find);
  return find(task).map((place) => rules[place]!);
}

function createFind(rules: readonly CoveringRule[]): Find {
  const tests = rules.map(createCoverTest);
  const all: number[] = [];
  const byPool = new Map<string, number[]>();
  const byLabel = new Map<string, number[]>();
  const networks: (KeyRange & { place: number })[] = [];
  for (const [place, { covers }] of rules.entries()) {
    const range = covers.network === undefined ? undefined : findKeyRange(covers.network);
    if (covers.all) all.push(place);
    if (covers.pool !== undefined) add(byPool, covers.pool, place);
    if (covers.label !== undefined) add(byLabel, covers.label, place);
    if (range) networks.push({ ...range, place });
  }
  const findOverlapping = createOverlaps(networks);
  return (task) => {
    const places = new Set([
      ...all,
      ...(byPool.get(task.config.pool) ?? []),
      ...task.labels.flatMap((label) => byLabel.get(label) ?? []),
      ...task.target_ranges.flatMap(findOverlapping),
    ]);
    return [...places].sort((a, b) => a - b).filter((place) => tests[place]!(task));
  };
}

/** Networks lie in each other or apart. So those that begin before a range and reach into it lie in each other. */
function createOverlaps(networks: readonly (KeyRange & { place: number })[]) {
  const sorted = [...networks].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  /** By network: the smallest one that it lies in; -1 for an outermost one. */
  const parents: number[] = [];
  for (const [at, { last }] of sorted.entries()) {
    let parent = at - 1;
    while (parent >= 0 && sorted[parent]!.last < last) parent = parents[parent]!;
    parents.push(parent);
  }
  return ({ first, last }: KeyRange): number[] => {
    const behind = findFirst(sorted, first);
    const found: number[] = [];
    for (let at = behind - 1; at >= 0; at = parents[at]!) {
      if (sorted[at]!.last >= first) found.push(sorted[at]!.place);
    }
    for (let at = behind; at < sorted.length && sorted[at]!.first <= last; at++) found.push(sorted[at]!.place);
    return found;
  };
}

/** The first that begins behind a key. */
function findFirst(sorted: readonly KeyRange[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.first <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function add(places: Map<string, number[]>, key: string, place: number): void {
  const some = places.get(key);
  if (some) some.push(place);
  else places.set(key, [place]);
}
