import type { CpuProfile } from './profiler';

export interface ProfileSum {
  busy_seconds: number;
  /** The functions in which most of the busy time passed, without what they called. */
  top: { name: string; place: string; share: number }[];
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** `toPlace` finds the file of a function by its place in a script. */
export function sumUp(
  { nodes, samples, timeDeltas }: CpuProfile,
  toPlace: (url: string, line: number, column: number) => string,
  length: number,
): ProfileSum {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, { name: string; place: string; us: number }>();
  let busy = 0;
  samples.forEach((id, i) => {
    const { functionName, url, lineNumber, columnNumber } = frames.get(id)!;
    const us = timeDeltas[i]!;
    if (IDLE.has(functionName)) return;
    busy += us;
    const place = url ? toPlace(url, lineNumber, columnNumber) : '';
    const name = functionName || '(anonymous)';
    const entry = spent.get(`${name} ${place}`) ?? { name, place, us: 0 };
    entry.us += us;
    spent.set(`${name} ${place}`, entry);
  });
  const top = [...spent.values()].sort((a, b) => b.us - a.us).slice(0, length);
  return { busy_seconds: busy / 1e6, top: top.map(({ name, place, us }) => ({ name, place, share: us / busy })) };
}
