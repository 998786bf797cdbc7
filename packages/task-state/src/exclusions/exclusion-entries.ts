/**
 * The entries of an exclusion list, from a file and back. A file whose first line is a header with `target` is CSV, any
 * other is plain text: a target a line, then its ports, then `#` and a note. All of it is taken, or nothing.
 */
import {
  type ExclusionEntry,
  exclusionEntrySchema,
  groupBy,
  MAX_LIST_ENTRIES,
  MAX_LIST_PORTS,
  normalizePorts,
  toSentence,
} from '@cyberstroll/contracts';
import { parseTargets, SLICE, type Slices, TargetError, toCanonicalEntry } from '@cyberstroll/targets';
import type { ExclusionInForce } from './exclusions';

/** What is wrong in a line; the first line is 1. */
export interface LineFault {
  line: number;
  fault: string;
}

/** Faults that are said at most. */
export const SHOWN_LINE_FAULTS = 20;

const HEADER = /(^|,)\s*"?target"?\s*(,|$)/i;
const COLUMNS: readonly string[] = ['target', 'ports', 'note'];

/** Reads a file. An entry that is there before, with the same ports, is left out. Stops at the 20th fault. */
export function* parseExclusionEntries(text: string): Slices<{ entries: ExclusionEntry[]; faults: LineFault[] }> {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const entries = new Map<string, ExclusionEntry>();
  const faults: LineFault[] = [];
  const portLists = new Set<string>();
  const knownPorts = new Map<string, string>();
  const toPorts = (text: string): string => {
    const ports = knownPorts.get(text) ?? normalizePorts(text);
    knownPorts.set(text, ports);
    return ports;
  };
  let readCells: (line: string) => readonly string[] = toPlainCells;
  for (const [at, line] of lines.entries()) {
    if (at % SLICE === SLICE - 1) yield;
    if (line.trim() === '') continue;
    if (faults.length === SHOWN_LINE_FAULTS) break;
    const isHeader = at === 0 && HEADER.test(line);
    try {
      if (isHeader) {
        readCells = toCsvReader(line);
        continue;
      }
      const [target = '', ports = '', note = ''] = readCells(line);
      if (target === '' && ports === '') continue;
      const entry = toEntry(target, ports === '' ? undefined : toPorts(ports), note);
      if (entry.ports !== undefined) portLists.add(entry.ports);
      if (portLists.size > MAX_LIST_PORTS) throw refuse(toSentence('too_many_port_lists', { most: MAX_LIST_PORTS }));
      const key = toEntryKey(entry);
      if (!entries.has(key)) entries.set(key, entry);
      if (entries.size > MAX_LIST_ENTRIES) throw refuse(toSentence('too_many', { limit: MAX_LIST_ENTRIES }));
    } catch (error) {
      if (!(error instanceof TargetError || error instanceof RangeError)) throw error;
      faults.push({ line: at + 1, fault: error instanceof TargetError ? error.explanation : error.message });
      // Each line after it would say the same.
      if (isHeader || entries.size > MAX_LIST_ENTRIES || portLists.size > MAX_LIST_PORTS) break;
    }
  }
  if (faults.length === 0 && entries.size === 0) faults.push({ line: 1, fault: toSentence('no_entries') });
  return { entries: [...entries.values()], faults };
}

const refuse = (fault: string) => new RangeError(fault);

function toEntry(target: string, ports: string | undefined, note: string): ExclusionEntry {
  const entry = { target: toCanonicalEntry(target), ...(ports !== undefined && { ports }) };
  if (note === '') return entry;
  const read = exclusionEntrySchema.shape.note.safeParse(note);
  if (read.success) return { ...entry, note: read.data };
  throw refuse(read.error.issues[0]!.message);
}

const toEntryKey = ({ target, ports = '' }: ExclusionEntry): string => `${target} ${ports}`;

function toPlainCells(line: string): readonly string[] {
  const [, named = '', note = ''] = /^([^#]*)(?:#(.*))?$/.exec(line)!;
  const [target = '', ...ports] = named.trim().split(/\s+/);
  return [target, ports.join(','), note.trim()];
}

/** Of a CSV with this header: the cells of a line, as `COLUMNS` has them. */
function toCsvReader(header: string): (line: string) => readonly string[] {
  const names = toCells(header).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length || names.some((name) => !COLUMNS.includes(name))) {
    throw refuse(toSentence('csv_columns'));
  }
  return (line) => {
    const cells = toCells(line);
    if (cells.length !== names.length) {
      throw refuse(toSentence('csv_cells', { cells: cells.length, columns: names.length }));
    }
    return COLUMNS.map((name) => cells[names.indexOf(name)] ?? '');
  };
}

const CELL = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;

function toCells(line: string): string[] {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const found = CELL.exec(line);
    if (!found) throw refuse(toSentence('csv_quote'));
    const [, quoted, plain = '', end] = found;
    // An export guards text that a spreadsheet takes for a formula.
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim().replace(/^'(?=[=+\-@])/, ''));
    if (end === '') return cells;
  }
}

export const toExclusionTextLine = ({ target, ports, note }: ExclusionEntry): string =>
  `${target}${ports === undefined ? '' : ` ${ports}`}${note === undefined ? '' : ` # ${note}`}\n`;

/** How many entries a list gets, and how many it loses. A changed note is neither. */
export function compareEntries(before: readonly ExclusionEntry[], after: readonly ExclusionEntry[]) {
  const old = new Set(before.map(toEntryKey));
  const kept = after.filter((entry) => old.has(toEntryKey(entry))).length;
  return { added: after.length - kept, gone: before.length - kept, kept };
}

/** A list as services have it in force: once for its whole addresses, and once for each of its port lists. */
export const toListInForce = (
  { exclusion_id, name, reason }: { exclusion_id: string; name: string; reason: string },
  entries: readonly ExclusionEntry[],
): ExclusionInForce[] =>
  [...groupBy(entries, ({ ports }) => ports)].map(([ports, those]) => ({
    exclusion_id,
    target: name,
    reason,
    ...(ports !== undefined && { ports }),
    set: parseTargets(those.map(({ target }) => target).join()),
  }));
