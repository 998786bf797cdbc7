import type { Task } from '@cyberstroll/client';
import { TASK_LOOKS } from '../../states/states';
import { FILTERS, isRepeated, OPTIONS } from './task-query';

export interface Word {
  name: string;
  key: string;
  value: string;
}

export interface WordFault {
  fault: 'unknown_key' | 'no_key' | 'no_value' | 'no_status' | 'no_time';
  word: string;
}

/** The keys, by the parameters of the address that they stand for. */
const KEYS = Object.entries(OPTIONS).filter(([name]) => FILTERS.includes(name));
export const SEARCH_KEYS = KEYS.map(([, key]) => key);

const STATUSES = Object.keys(TASK_LOOKS);
/** One address, a network or a range. */
const TARGET = /^(\d+\.[\d./-]+|[\da-f]*:[\da-f]*:[\da-f:./-]*)$/i;

/** The parts of a typed text: quotes keep spaces together, `label:"night shift"`. */
export const toWords = (text: string): string[] =>
  [...text.matchAll(/(?:[^\s"]+|"[^"]*"?)+/g)].map(([word]) => word.replaceAll('"', ''));

export const toQuoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);

/** What may be typed next, behind what is typed: each status, what these tasks have, and the keys. */
export function toSuggestions(text: string, tasks: readonly Task[]): string[] {
  const [before = ''] = /^.*\s/.exec(text) ?? [];
  const words = tasks.flatMap(({ labels = [], task_initiator, task_category, task_type, config }) => [
    ...labels.map((label) => `label:${label}`),
    ...Object.entries({ pool: config.pool, initiator: task_initiator, category: task_category, type: task_type })
      .filter(([, value]) => value)
      .map((pair) => pair.join(':')),
  ]);
  const statuses = STATUSES.map((status) => `status:${status.toLowerCase()}`);
  const keys = SEARCH_KEYS.map((key) => `${key}:`);
  return [...new Set([...statuses, ...words.sort(), ...keys])].map((word) => before + toQuoted(word));
}

/** What a word filters by. An address needs no key. */
export function readWord(word: string): Word | WordFault {
  if (TARGET.test(word)) return { name: 'target', key: 'target', value: word };
  const colon = word.search(/[:：]/);
  if (colon === -1) return { fault: 'no_key', word };
  const typed = word.slice(0, colon).toLowerCase();
  const [name, key] = KEYS.find((names) => names.includes(typed)) ?? [];
  if (name === undefined || key === undefined) return { fault: 'unknown_key', word: typed };
  const text = word.slice(colon + 1);
  if (text === '') return { fault: 'no_value', word: key };
  const value = Object.hasOwn(READERS, name) ? READERS[name as keyof typeof READERS](text) : text;
  if (value !== undefined) return { name, key, value };
  return { fault: name === 'status' ? 'no_status' : 'no_time', word: text };
}

function toStatus(text: string): string | undefined {
  return STATUSES.find((status) => status === text.toUpperCase());
}

/** `2026-01-31`, `2026-01-31T12:00` in the browser's zone, or with an offset. */
function toTime(text: string): string | undefined {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace('.000', '');
}

/** What is not taken as it is typed. Undefined: it is no such value. */
const READERS = { status: toStatus, after: toTime, before: toTime, pool: (text: string) => text.toLowerCase() };

export const toChips = (address: URLSearchParams): Word[] =>
  [...address].flatMap(([name, value]) => {
    const key = KEYS.find(([each]) => each === name)?.[1];
    return key === undefined || value === ''
      ? []
      : [{ name, key, value: name === 'status' ? value.toLowerCase() : value }];
  });

/** The changes of the address that add these filters. A key that counts once is replaced. */
export function toChanges(words: readonly Word[], address: URLSearchParams): Record<string, string | string[]> {
  const changes: Record<string, string | string[]> = {};
  for (const { name, value } of words) {
    const before = changes[name] ?? address.getAll(name);
    changes[name] = isRepeated(name) ? [...new Set([...before, value])] : value;
  }
  return changes;
}

/** The change of the address that takes a filter away. */
export const toRemoval = ({ name, value }: Word, address: URLSearchParams): Record<string, string[]> => ({
  [name]: isRepeated(name) ? address.getAll(name).filter((each) => each.toLowerCase() !== value.toLowerCase()) : [],
});
