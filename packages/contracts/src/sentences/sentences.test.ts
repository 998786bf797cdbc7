import * as z from 'zod';
import { ALERT_SENTENCES } from './alert-sentences';
import { DEAD_LETTER_SENTENCES } from './dead-letter-sentences';
import { FAULT_SENTENCES } from './fault-sentences';
import { HISTORY_SENTENCES } from './history-sentences';
import { readSafely } from './read-safely';
import { findSentence, SENTENCES, type SentenceCode, toNumberText, toSentence } from './sentences';
import { WAITING_SENTENCES } from './waiting-sentences';

const TABLES = {
  history: HISTORY_SENTENCES,
  waiting: WAITING_SENTENCES,
  alert: ALERT_SENTENCES,
  dead_letter: DEAD_LETTER_SENTENCES,
  fault: FAULT_SENTENCES,
} as const;

it('a code stands in one table', () => {
  const codes = Object.values(TABLES).flatMap((table) => Object.keys(table));
  expect(codes.length).toBe(Object.keys(SENTENCES).length);
});

const AT = new Date('2026-01-31T12:00:00.000Z');
/** A sentence of the same kind that has no values. */
const INNER = {
  history: 'silent',
  waiting: 'paused',
  alert: 'was_cancelled',
  dead_letter: 'required',
  fault: 'required',
} as const;

/** A value of each kind, all different, and what the API says of it. */
function toSamples(text: string, kind: keyof typeof TABLES) {
  const given: Record<string, unknown> = {};
  const read: Record<string, string> = {};
  const holes = [...text.matchAll(/\{(\w+)([#@:?]?)\}/g)];
  for (const [place, [, name = '', mark]] of holes.entries()) {
    if (mark === '#') [given[name], read[name]] = [12_345 + place, String(12_345 + place)];
    else if (mark === '@') given[name] = read[name] = 'RUNNING';
    else if (name.endsWith('_time')) [given[name], read[name]] = [AT, AT.toISOString()];
    else if (name.endsWith('_seconds')) [given[name], read[name]] = [7_500 + 60 * place, String(7_500 + 60 * place)];
    else if (mark === '') given[name] = read[name] = `value-${place}`;
    else {
      given[name] = read[name] = SENTENCES[INNER[kind]];
      read[`${name}.code`] = INNER[kind];
    }
  }
  return { given, read };
}

const rows = Object.entries(TABLES).flatMap(([kind, table]) =>
  Object.entries(table).map(([code, text]) => ({
    kind: kind as keyof typeof TABLES,
    code: code as SentenceCode,
    text,
  })),
);

it.each(rows)('$code is read back with its values, as a sentence of $kind', ({ kind, code, text }) => {
  const { given, read } = toSamples(text, kind);
  const said = (toSentence as (code: SentenceCode, values: object) => string)(code, given);
  expect(said).not.toMatch(/[{}#]/);
  expect(findSentence(said, kind)).toEqual({ code, values: read });
});

it('what a person wrote is no sentence', () => {
  for (const kind of ['history', 'waiting', 'alert', 'dead_letter', 'fault'] as const) {
    expect(findSentence('maintenance of the firewall: ask Ann; until 12:00', kind)).toBeUndefined();
  }
});

it.each([
  [0, '0'],
  [999, '999'],
  [53_537, '53,537'],
  [-1_234_567, '-1,234,567'],
  [1234.5678, '1,234.5678'],
])('%s is written %s', (value, text) => {
  expect(toNumberText(value)).toBe(text);
});

it('no sentence of the validator is said of a value', () => {
  const schema = z.strictObject({
    text: z.string().min(2).max(4),
    count: z.number().int().min(1).max(65_535),
    ratio: z.number().gt(0).lt(1).multipleOf(0.5),
    time: z.iso.datetime(),
    form: z.string().regex(/^a$/),
    one: z.enum(['a', 'b']),
    only: z.literal(true),
    list: z.array(z.string()).min(2).max(3),
    map: z.record(z.string().max(1), z.boolean()),
    either: z.union([z.string(), z.number()]),
    kind: z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') }), z.object({ kind: z.literal('y') })]),
    date: z.date(),
  });
  const values = [
    undefined,
    {},
    {
      text: 1,
      count: 'a',
      ratio: null,
      time: 1,
      form: 1,
      one: 1,
      only: 1,
      list: 1,
      map: 1,
      either: {},
      kind: {},
      extra: 1,
    },
    { text: 'a', count: 0, ratio: 0, time: 'a', form: 'b', one: 'c', only: false, list: [], map: { ab: 1 }, date: 1 },
    { text: 'abcde', count: 65_536, ratio: 1, list: ['a', 'b', 'c', 'd'], kind: { kind: 'z' } },
    { count: 1.5, ratio: 0.3, list: ['a'] },
  ];
  const said = values.flatMap((value) => readSafely(schema, value).error?.issues.map(({ message }) => message) ?? []);
  expect(said.filter((text) => /invalid input|expected|received|too big|too small|invalid option/i.test(text))).toEqual(
    [],
  );
  expect(said.filter((text) => findSentence(text, 'fault') === undefined)).toEqual([]);
  expect(said).toContain('must be at most 65,535');
});
