import * as z from 'zod';
import { jsonForms } from '../json-schema/json-forms';
import { toSentence } from '../sentences/sentences';
import { expandPortNames } from './port-names';

/** The longest port list of a task, as text of merged ranges. */
export const MAX_PORTS_TEXT = 2_000;

/** The ports of a scan that names none: it may touch any. */
export const ALL_PORTS = '1-65535';

type PortRange = [first: number, last: number];

/** A port list as numbers, ascending and without repeats. Throws a RangeError that names the entry at fault. */
export const parsePorts = (text: string): number[] =>
  parseRanges(toEntries(text)).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );

/**
 * The shortest text of a port list, without names: `http,22 23-24,80` is `22-24,80`. Throws a RangeError that names the
 * entry at fault.
 */
export const normalizePorts = (text: string): string => toRangesText(parseRanges(expandPortNames(toEntries(text))));

const toEntries = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** The shortest text for an ascending list of ports: `22,80,8000-8010`. */
export const toPortsText = (ports: readonly number[]): string =>
  toRangesText(mergeRanges(ports.map((port) => [port, port])));

/** Merged and ascending. What a list costs goes by its entries, not by its ports. */
function parseRanges(entries: readonly string[]): PortRange[] {
  if (entries.length === 0) throw new RangeError(toSentence('no_port'));
  return mergeRanges(entries.map(parseRange));
}

function parseRange(entry: string): PortRange {
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  if (range && first >= 1 && last <= 65_535 && first <= last) return [first, last];
  throw new RangeError(toSentence('not_a_port', { entry: entry.slice(0, 40) }));
}

function mergeRanges(ranges: PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    const open = merged.at(-1);
    if (open && first <= open[1] + 1) open[1] = Math.max(open[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

const toRangesText = (ranges: readonly PortRange[]): string =>
  ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');

/** One entry of the list, as a pattern. */
const ENTRY = '([0-9]{1,5}(-[0-9]{1,5})?|-|[A-Za-z][A-Za-z0-9-]*)';

/** A client's port list, text or an array of numbers, as text of merged ranges. */
export const portsSchema = z
  .union([
    z.string().max(MAX_PORTS_TEXT),
    z
      .array(z.number().int())
      .max(65_535)
      .transform((ports) => ports.join(',')),
  ])
  .transform((text, context) => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    try {
      const ports = normalizePorts(text);
      if (ports.length <= MAX_PORTS_TEXT) return ports;
      return refuse(toSentence('ports_too_long', { length: ports.length, most: MAX_PORTS_TEXT }));
    } catch (error) {
      return refuse((error as Error).message);
    }
  })
  // Clients see the text alone: few languages have a type for "text or numbers".
  .register(jsonForms, {
    form: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_PORTS_TEXT,
      pattern: `^[\\s,]*${ENTRY}([\\s,]+${ENTRY})*[\\s,]*$`,
      description:
        'Ports from 1 to 65535, and ranges of them; names such as "https"; "top-100": the most common ones; "-": all. ' +
        `As merged ranges at most ${MAX_PORTS_TEXT} characters. Required for connect, nmap, http and udp; for udp they ` +
        'are ports of UDP. A scan by another method that names none may touch any port',
      examples: ['22,80,8000-8010'],
    },
  });
