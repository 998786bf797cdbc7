/**
 * What a service says is a sentence for people, and for programs that say it in another language its code and its
 * values. The text alone is stored and sent on: `toSentence` writes it by the tables here, and `findSentence` reads the
 * code back. What a person wrote has none.
 */
import * as z from 'zod';
import { ALERT_SENTENCES } from './alert-sentences';
import { DEAD_LETTER_SENTENCES } from './dead-letter-sentences';
import { toDurationText } from './duration-text';
import { FAULT_SENTENCES } from './fault-sentences';
import { HISTORY_SENTENCES } from './history-sentences';
import { WAITING_SENTENCES } from './waiting-sentences';

/**
 * Every sentence by its code. Where it has braces, it has a value: `{name}` a text, `{name#}` a number, `{name@}` a
 * state, `{name:}` a sentence, `{name?}` a sentence or a text, `{name_time}` an instant, `{name_seconds}` a duration,
 * `{name|one|many}` one of two words, by a number. A text is read as the first of its table that fits.
 */
export const SENTENCES = {
  ...HISTORY_SENTENCES,
  ...WAITING_SENTENCES,
  ...ALERT_SENTENCES,
  ...DEAD_LETTER_SENTENCES,
  ...FAULT_SENTENCES,
};
export type SentenceCode = keyof typeof SENTENCES;

/** Where a sentence stands: the codes that it can have. */
const KINDS = {
  history: HISTORY_SENTENCES,
  waiting: { ...WAITING_SENTENCES, ...HISTORY_SENTENCES },
  alert: { ...HISTORY_SENTENCES, ...ALERT_SENTENCES, list: FAULT_SENTENCES.list },
  fault: FAULT_SENTENCES,
  dead_letter: { ...DEAD_LETTER_SENTENCES, ...FAULT_SENTENCES },
} as const satisfies Record<string, Partial<Record<SentenceCode, string>>>;
type Kind = keyof typeof KINDS;

type Holes<Text extends string> = Text extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type NameOf<Hole extends string> = Hole extends `${infer Name}|${string}` | `${infer Name}${'#' | '@' | ':' | '?'}`
  ? Name
  : Hole;
type ValueOf<Hole extends string> = Hole extends `${string}|${string}` | `${string}#` | `${string}_seconds`
  ? number
  : Hole extends `${string}_time`
    ? Date
    : string;
type Values<Text extends string> = [Holes<Text>] extends [never]
  ? []
  : [values: { [Hole in Holes<Text> as NameOf<Hole>]: ValueOf<Hole> }];

declare const ofTable: unique symbol;
/** A text that `toSentence` has written. */
export type SentenceText = string & { readonly [ofTable]: true };

/** The sentence of a code, in English. */
export const toSentence = <Code extends SentenceCode>(
  code: Code,
  ...[values]: Values<(typeof SENTENCES)[Code]>
): SentenceText => fillIn(SENTENCES[code], values as GivenValues | undefined) as SentenceText;

type GivenValues = Readonly<Record<string, string | number | Date>>;

const fillIn = (text: string, values: GivenValues = {}): string =>
  text.replaceAll(/\{(\w+)[#@:?]?(?:\|([^|}]*)\|([^}]*))?\}/g, (_hole, name: string, one?: string, many?: string) => {
    const value = values[name]!;
    if (one !== undefined) return value === 1 ? one : many!;
    if (value instanceof Date) return value.toISOString();
    if (typeof value === 'string') return value;
    return name.endsWith('_seconds') ? toDurationText(value) : toNumberText(value);
  });

/** `1,234,567.5` */
export const toNumberText = (value: number): string => String(value).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');

export const sentenceSchema = z
  .object({
    code: z.string().describe('Which sentence it is'),
    values: z
      .record(z.string(), z.string())
      .describe(
        'What it names: numbers without separators, instants as ISO 8601, durations in seconds. Where a value is a ' +
          'sentence too, `<name>.code` is its code and `<name>.<value>` are its values',
      ),
  })
  .describe('The text as a code and values, if it is a sentence of the service, not of a person or a node');
export type Sentence = z.infer<typeof sentenceSchema>;

/** Reads a sentence back. Undefined if the text is not one of this kind. */
export function findSentence(text: string, kind: Kind): Sentence | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  readers[kind] ??= toReader(KINDS[kind]);
  const { plain, patterns } = readers[kind];
  const whole = plain.get(text);
  if (whole !== undefined) return { code: whole, values: {} };
  for (const { code, pattern, holes } of patterns) {
    const found = pattern.exec(text)?.groups;
    const values = found && readValues(found, holes, kind);
    if (values) return { code, values };
  }
  return undefined;
}

/** The field `sentence` beside a text, if the text is one. */
export function toSaid(text: string | undefined, kind: Kind): { sentence?: Sentence } {
  const sentence = text === undefined ? undefined : findSentence(text, kind);
  return sentence ? { sentence } : {};
}

/** The longest that any service writes. */
const MAX_LENGTH = 2_000;

interface Reader {
  /** The codes of sentences without values, by their texts. */
  plain: ReadonlyMap<string, string>;
  patterns: readonly { code: string; pattern: RegExp; holes: readonly Hole[] }[];
}
interface Hole {
  name: string;
  mark: string;
}

const readers: Partial<Record<Kind, Reader>> = {};

function toReader(table: Readonly<Record<string, string>>): Reader {
  const rows = Object.entries(table);
  const withHoles = rows.filter(([, text]) => text.includes('{'));
  return {
    plain: new Map(rows.filter(([, text]) => !text.includes('{')).map(([code, text]) => [text, code])),
    patterns: withHoles.map(([code, text]) => ({ code, ...toPattern(text) })),
  };
}

const NUMBER = String.raw`-?\d[\d,]*(?:\.\d+)?`;
const DURATION = String.raw`\d[\d.]* (?:ms|s|min|h|d)(?: \d+ (?:h|min|s))?`;

function toPattern(text: string): { pattern: RegExp; holes: Hole[] } {
  const holes: Hole[] = [];
  const parts = text.split(/(\{[^}]*\})/).map((part) => {
    if (!part.startsWith('{')) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const [, name = '', mark = '', one, many] = /^\{(\w+)([#@:?]?)(?:\|([^|}]*)\|([^}]*))?\}$/.exec(part)!;
    if (one !== undefined) return `(?:${one}|${many})`;
    if (holes.some((hole) => hole.name === name)) return String.raw`\k<${name}>`;
    holes.push({ name, mark });
    return `(?<${name}>${toForm(name, mark)})`;
  });
  return { pattern: new RegExp(`^${parts.join('')}$`, 's'), holes };
}

function toForm(name: string, mark: string): string {
  if (mark === '#') return NUMBER;
  if (mark === '@') return '[A-Za-z_]+';
  if (name.endsWith('_time')) return String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
  return name.endsWith('_seconds') ? DURATION : '.*?';
}

/** Undefined if what must be a sentence is not one. */
function readValues(found: Record<string, string>, holes: readonly Hole[], kind: Kind): Sentence['values'] | undefined {
  const values: Record<string, string> = {};
  for (const { name, mark } of holes) {
    const text = found[name]!;
    values[name] = mark === '#' ? text.replaceAll(',', '') : name.endsWith('_seconds') ? toSeconds(text) : text;
    if (mark !== ':' && mark !== '?') continue;
    const inner = findSentence(text, kind);
    if (!inner && mark === ':') return undefined;
    if (!inner) continue;
    values[`${name}.code`] = inner.code;
    for (const [key, value] of Object.entries(inner.values)) values[`${name}.${key}`] = value;
  }
  return values;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3_600, d: 86_400 };
const toSeconds = (duration: string): string =>
  String(
    [...duration.matchAll(/([\d.]+) (\w+)/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * UNIT_SECONDS[unit!]!,
      0,
    ),
  );
