import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFiles, ROOT } from './tree';

export interface RetiredWord {
  /** What the reports call it. */
  word: string;
  /**
   * Matched against a line in lower case, with names split into their words: `createDuty` and `duty_held` read "create
   * duty", "duty held".
   */
  pattern: RegExp;
  say: string;
  /** Which files it is retired in. Default: all. */
  in?: (path: string) => boolean;
}

const isForUsers = (path: string) =>
  /^(?:docs\/|README|deploy\/(?!local)[^/]+\/README|services\/[^/]+\/(?:src|README)|packages\/(?!testkit)(?:[\w-]+\/)?[^/]+\/(?:src|README))/.test(
    path,
  ) && !path.endsWith('.test.ts');

/** What is written by hand: the others are made of texts that clients see. */
const isPage = (path: string) =>
  path.endsWith('.md') && !/^docs\/(?:commands|configuration|errors|http-api|metrics)\.md$/.test(path);

/** Pages, and the product's sources with their comments. */
const isRead = (path: string) => isForUsers(path) || isPage(path);

/** Pages, and what clients see: the texts of the API are made of the contracts. */
const isTextForUsers = (path: string) =>
  isPage(path) || (/^packages\/contracts\/src\//.test(path) && !path.endsWith('.test.ts'));

/** Why each is retired: docs/glossary.md has the one word for each concept; the phrases need a second reading. */
export const RETIRED_WORDS: readonly RetiredWord[] = [
  { word: 'resting', pattern: /\b(?:at rest|(?:come|comes|came) to rest|rests|resting)\b/, say: 'closed' },
  {
    word: 'letter',
    pattern: /(?<!dead )\bletters?\b(?!,? (?:or |and )?(?:marks|digits?)\b)/,
    say: 'dead letter',
  },
  { word: 'keeper', pattern: /\bkeepers?\b/, say: 'dead-letter record' },
  { word: 'orders', pattern: /\b(?:orders|not an order|order update)\b/, say: 'service updates' },
  { word: 'duty', pattern: /\b(?:duty|duties|is mine)\b/, say: 'leader' },
  { word: 'taken from', pattern: /\b(?:taken from|taken causes|subtasks taken)\b/, say: 'reassigned' },
  { word: 'tell', pattern: /\b(?:tell|tells|telling|told|untold)\b/, say: 'publish, report, say' },
  { word: 'announce', pattern: /\bannounc\w*\b/, say: 'publish' },
  { word: 'judge', pattern: /\bjudg\w*\b/, say: 'validate, authorize, check' },
  { word: 'forgotten', pattern: /\bforgotten\b/, say: 'zombie, or what happened to it' },
  { word: 'unowned', pattern: /\bunowned\b/, say: 'stranded' },
  { word: 'taker', pattern: /\btakers?\b/, say: 'job consumer, available nodes' },
  { word: 'departed', pattern: /\bdeparted\b/, say: 'left the queue' },
  { word: 'sight', pattern: /\b(?:sights?|blind|outlook)\b/, say: 'circuit breaker' },
  { word: 'doubtful', pattern: /\b(?:sound|doubtful|faulty)\b/, say: 'ok, warn, fail' },
  { word: 'rooms', pattern: /\brooms\b/, say: 'repositories' },
  { word: 'engine', pattern: /\bengines?\b/, say: 'its name, or backing services', in: isForUsers },
  { word: 'anew', pattern: /\b(?:anew|redone)\b/, say: 'again' },
  { word: 'so many', pattern: /\bso (?:many|much|long)\b/, say: 'the number, or as long as' },
  { word: 'is none', pattern: /\bis none\b/, say: 'is not one' },
  { word: 'goes on', pattern: /\b(?:go|goes|going|went) on\b/, say: 'continues' },
  { word: 'by itself', pattern: /\bby (?:itself|themselves)\b/, say: 'without help, automatically' },
  { word: 'of which', pattern: /\bof which\b/, say: 'a sentence of its own' },
  { word: 'whom', pattern: /\bwhom\b/, say: 'the noun' },
  { word: 'borne', pattern: /\bborne\b/, say: 'tolerated' },
  { word: 'comes to', pattern: /\bcomes to\b/, say: 'becomes, reaches, arrives in' },
  { word: 'unacked', pattern: /\b(?:a|one) unacked(?:'s|[,.:;]|$)/, say: 'an unacked message' },
  {
    word: 'nobody',
    pattern: /\b(?:nobody|anybody|somebody|everybody)\b/,
    say: 'the subject by its name',
    in: isTextForUsers,
  },
  { word: 'heard', pattern: /\bheard\b/, say: 'received, sent a heartbeat', in: isTextForUsers },
  { word: 'stands still', pattern: /\b(?:stands?|stood) still\b/, say: 'stalled, makes no progress', in: isRead },
  { word: 'is away', pattern: /\b(?:is|are|was|were|be) away\b/, say: 'is unavailable', in: isRead },
  { word: 'lately', pattern: /\blately\b/, say: 'recently, or the time', in: isRead },
  { word: 'mend', pattern: /\bmend(?:s|ed|ing)?\b(?! ledger)/, say: 'correct', in: isRead },
];

/**
 * Where retired words may stand. Not tested, since each is right more often than it is wrong: `order` as a sequence,
 * `step`, `operator`, `who` after a noun, `take` and `give`, `room` for capacity, and what no pattern finds ("of a task
 * its targets", an "it" without a noun).
 */
const ALLOWED: readonly { path: RegExp; line?: RegExp; why: string }[] = [
  { path: /^test\/docs\/vocabulary/, why: 'has the list' },
  { path: /^test\/deploy\/schemas\//, why: 'is not ours' },
  { path: /^(?:pnpm-lock\.yaml|LICENSE)$/, why: 'is not ours' },
  { path: /(?:^|\/)package\.json$/, line: /"engines"/, why: "is npm's word" },
  { path: /README\.md$/, line: /JEST_ENGINES/, why: 'names a variable' },
  { path: /^deploy\/kubernetes\/README\.md$/, line: /`engines`/, why: 'names a namespace' },
  { path: /^packages\/clients\/cli\/src\/backup\/volume\.ts$/, line: /'engines\//, why: 'names a folder' },
  { path: /\.py$/, line: /is None|IsNone/, why: "is Python's word" },
  { path: /^packages\/realtime\/test\/tls\.test\.ts$/, line: /--cluster-announce-ip/, why: "is Redis's word" },
];

/** A line of a file; line 0 is the file's name. */
export interface Line {
  path: string;
  line: number;
  text: string;
  /** What patterns are matched against. */
  words: string;
}

export const toLine = (path: string, line: number, text: string): Line => ({ path, line, text, words: toWords(text) });

const TEXT = /\.(?:ts|js|mjs|cjs|py|go|jsonc?|md|ya?ml|sh|conf|svg)$|Dockerfile$/;

/** Every line of the tree that may not have a retired word, and the path of each file as its line 0. */
export function readLines(): Line[] {
  return findFiles()
    .filter((path) => TEXT.test(path) && !ALLOWED.some((allowed) => !allowed.line && allowed.path.test(path)))
    .flatMap((path) =>
      [path, ...readFileSync(join(ROOT, path), 'utf8').split('\n')].map((text, line) => toLine(path, line, text)),
    )
    .filter(({ path, text }) => !ALLOWED.some(({ path: p, line }) => line?.test(text) && p.test(path)));
}

/** Where a retired word stands. */
export const findRetired = (lines: readonly Line[], { pattern, in: isMeant = () => true }: RetiredWord): Line[] =>
  lines.filter(({ path, words }) => pattern.test(words) && isMeant(path));

/** `createDuty`, `duty_held` and `duty-held` become words of their own. */
export const toWords = (text: string): string =>
  text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
