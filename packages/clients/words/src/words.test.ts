import {
  ALERT_RULE_WORDS,
  CHANGES,
  createDefineTexts,
  FLEET_EVENT_WORDS,
  findTextFaults,
  SCAN_ERROR_WORDS,
  STATES,
} from '.';

it.each(Object.entries({ STATES, CHANGES, ALERT_RULE_WORDS, FLEET_EVENT_WORDS, SCAN_ERROR_WORDS }))(
  '%s: each word has Chinese',
  (_name, texts) => {
    expect(findTextFaults(texts)).toEqual([]);
  },
);

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
