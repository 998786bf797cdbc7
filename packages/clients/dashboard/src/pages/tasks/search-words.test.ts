import type { Task } from '@cyberstroll/client';
import { readWord, toChanges, toChips, toRemoval, toSuggestions, toWords, type Word } from './search-words';

it('splits what is typed into words, and quotes keep spaces', () => {
  expect(toWords(' status:running  label:"night shift" 10.0.0.1')).toEqual([
    'status:running',
    'label:night shift',
    '10.0.0.1',
  ]);
  expect(toWords('label:"night')).toEqual(['label:night']);
  expect(toWords(' ')).toEqual([]);
});

it.each([
  ['status:Running', 'status', 'RUNNING'],
  ['label:a:b', 'label', 'a:b'],
  ['标签：a', undefined, 'unknown_key'],
  ['initiator:ada', 'task_initiator', 'ada'],
  ['task_initiator:ada', 'task_initiator', 'ada'],
  ['schedule:66b2f0c3a1d4e5f607182930', 'schedule_id', '66b2f0c3a1d4e5f607182930'],
  ['after:2026-01-31T12:00:00Z', 'after', '2026-01-31T12:00:00Z'],
  ['10.0.0.0/24', 'target', '10.0.0.0/24'],
  ['fd00::1', 'target', 'fd00::1'],
  ['target:10.0.0.1', 'target', '10.0.0.1'],
  ['id:x', undefined, 'unknown_key'],
  ['pool:EU-1', 'pool', 'eu-1'],
  ['status:fast', undefined, 'no_status'],
  ['after:yesterday', undefined, 'no_time'],
  ['label:', undefined, 'no_value'],
  ['words', undefined, 'no_key'],
])('%s is the filter %s: %s', (word, name, value) => {
  const read = readWord(word);
  expect('fault' in read ? [undefined, read.fault] : [read.name, read.value]).toEqual([name, value]);
});

it('filters are chips in the order of the address; adding and removing one changes it alone', () => {
  const address = new URLSearchParams('label=a&status=RUNNING&sort=oldest&label=b&cursor=x');
  const chips = toChips(address);
  expect(chips.map(({ key, value }) => `${key}:${value}`)).toEqual(['label:a', 'status:running', 'label:b']);
  expect(toRemoval(chips[1]!, address)).toEqual({ status: [] });
  expect(toRemoval(chips[0]!, address)).toEqual({ label: ['b'] });
  const words = ['label:c', 'label:a', 'target:::1', 'target:10.0.0.1', 'status:paused'].map(readWord) as Word[];
  expect(toChanges(words, address)).toEqual({
    label: ['a', 'b', 'c'],
    target: '10.0.0.1',
    status: ['RUNNING', 'PAUSED'],
  });
});

it('suggests each status, what the tasks have, and the keys, behind what is typed', () => {
  const task = { labels: ['night shift'], task_initiator: 'ada', task_type: '', config: { pool: 'eu' } } as Task;
  const words = toSuggestions('', [task, task]);
  expect(words[0]).toBe('status:created');
  expect(words.filter((word) => /^(pool|initiator|type|"label):/.test(word))).toEqual([
    'initiator:ada',
    '"label:night shift"',
    'pool:eu',
    'initiator:',
    'type:',
    'pool:',
  ]);
  expect(toSuggestions('label:a st', [task])[0]).toBe('label:a status:created');
  for (const word of words.filter((each) => !each.endsWith(':'))) {
    expect(readWord(toWords(word)[0]!)).not.toHaveProperty('fault');
  }
});
