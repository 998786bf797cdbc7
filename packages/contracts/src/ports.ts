import { z } from 'zod';

/** A port list as numbers, ascending and without repeats. Throws a RangeError that names the entry at fault. */
export function parsePorts(text: string): number[] {
  const ports = new Set<number>();
  const entries = text.split(/[\s,]+/).filter(Boolean);
  if (entries.length === 0) throw new RangeError('names no port');
  for (const entry of entries) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!range || first < 1 || last > 65_535 || first > last) {
      throw new RangeError(`"${entry.slice(0, 40)}" is no port from 1 to 65535, nor a range of them`);
    }
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

/** The shortest text for a port list: `22,80,8000-8010`. */
export function toPortsText(ports: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const port of ports) {
    const open = ranges.at(-1);
    if (open && open[1] + 1 === port) open[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

/** A client's port list, text or an array of numbers, as compact text. */
export const portsSchema = z
  .union([
    z.string().max(2_000),
    z
      .array(z.number().int())
      .max(65_535)
      .transform((ports) => ports.join(',')),
  ])
  .transform((text, context) => {
    try {
      return toPortsText(parsePorts(text));
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
