import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSentence, HTTP_CODES, SENTENCES, type SentenceCode, toSentence } from '@cyberstroll/contracts';
import {
  ALERT_RULE_WORDS,
  CHANGES,
  CHINESE_ERRORS,
  CHINESE_SENTENCES,
  COMMAND_WORDS,
  createDefineTexts,
  DEAD_LETTER_REASON_WORDS,
  FLEET_EVENT_WORDS,
  findTextFaults,
  SCAN_ERROR_WORDS,
  STATES,
  toChinese,
} from '.';

it.each(
  Object.entries({
    STATES,
    CHANGES,
    ALERT_RULE_WORDS,
    FLEET_EVENT_WORDS,
    SCAN_ERROR_WORDS,
    COMMAND_WORDS,
    DEAD_LETTER_REASON_WORDS,
  }),
)('%s: each word has Chinese', (_name, texts) => {
  expect(findTextFaults(texts)).toEqual([]);
});

it('says a text in the language of now, with its values, and the word that the number asks for', () => {
  let language: 'en' | 'zh' = 'en';
  const defineTexts = createDefineTexts({ language: () => language, toText: (value) => value.toLocaleString('en-GB') });
  const t = defineTexts({ done: ['{count} {count|task|tasks} of {name}', '{name} 的 {count} 个任务'] });
  expect(t('done', { count: 1, name: 'a' })).toBe('1 task of a');
  expect(t('done', { count: 12_000, name: 'a' })).toBe('12,000 tasks of a');
  language = 'zh';
  expect(t('done', { count: 1, name: 'a' })).toBe('a 的 1 个任务');
});

it('finds a text without Chinese, and one whose values differ', () => {
  expect(
    findTextFaults({ one: ['a task', 'a task'], two: ['{a} tasks', '{b} 个任务'], three: ['CPU', 'CPU'] }),
  ).toEqual(['one: no Chinese', 'two: other values']);
});

/** Where services say something of a task, an alert, a message or a field: a literal with a blank is a sentence. */
const CHECKS = [
  { folders: ['packages/task-state', 'packages/store'], literal: /\b(?:reason|summary|error_message): ['`][^'`\s]+ / },
  { folders: ['packages/contracts', 'services/task-api'], literal: /(?:'|\bmessage: `)must (?!be at most 20 http)/ },
];
const root = join(__dirname, '../../../..');
const services = readdirSync(join(root, 'services')).map((name) => `services/${name}`);

it('services have no sentence beside the tables', () => {
  const found = CHECKS.flatMap(({ folders, literal }, i) =>
    [...folders, ...(i === 0 ? services : [])].flatMap((folder) => {
      const files = readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' });
      const sources = files.filter((file) => /(?<!\.test)\.ts$/.test(file) && !file.startsWith('sentences/'));
      expect(sources.length).toBeGreaterThan(5);
      return sources.filter((file) => literal.test(readFileSync(join(root, folder, 'src', file), 'utf8')));
    }),
  );
  expect(found).toEqual([]);
});

const findHoles = (text: string) => [...text.matchAll(/\{(\w+[#@:?]?)\}/g)].map(([, hole]) => hole!).sort();

it.each(Object.keys(SENTENCES) as SentenceCode[])('the sentence %s has Chinese with the same values', (code) => {
  const chinese: string = CHINESE_SENTENCES[code];
  expect(chinese).toMatch(/\p{Script=Han}|^\{/u);
  const holes = new Set(findHoles(SENTENCES[code]));
  // In Chinese one word stands for the long list of classes of characters.
  holes.delete(code === 'refused_character' ? 'names' : '');
  expect([...new Set(findHoles(chinese))]).toEqual([...holes]);
});

it('each code of an answer has Chinese', () => {
  const missing = HTTP_CODES.filter((code) => !Object.hasOwn(CHINESE_ERRORS, code));
  expect(missing).toEqual([]);
});

const FORMS = {
  number: (value: number) => value.toLocaleString('zh-CN'),
  time: (iso: string) => `<${iso}>`,
  duration: (seconds: number) => `${seconds} 秒`,
  state: (code: string) => (STATES as Record<string, readonly string[]>)[code]?.[1] ?? code,
};

it('says a sentence of the API in Chinese, and the sentences in it, with numbers and times as the reader has them', () => {
  const busy = toSentence('slots_taken', { slots: 4_096, pool: 'edge', tasks: 2 });
  const text = toSentence('pool_is_full', { first: toSentence('not_taken', { pool: 'edge' }), pool: busy });
  expect(text).toBe(
    'sent to the queue of pool "edge"; no node has taken it yet (all 4,096 slots of pool "edge" are taken; 2 tasks share it)',
  );
  expect(toChinese(findSentence(text, 'waiting')!, FORMS)).toBe(
    '已下发到节点池“edge”的队列；尚无节点取走（节点池“edge”的 4,096 个并发槽已全部占用；2 个任务共用）',
  );
  const since_time = new Date(0);
  const paused = toSentence('paused_by', { operator: 'ann', since_time, reason: toSentence('pause_by_operator') });
  expect(toChinese(findSentence(paused, 'waiting')!, FORMS)).toBe('ann 于 <1970-01-01T00:00:00.000Z> 暂停：操作者暂停');
  expect(toChinese({ code: 'of_a_newer_service', values: {} }, FORMS)).toBeUndefined();
});
