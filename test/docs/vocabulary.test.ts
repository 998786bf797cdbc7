import { findRetired, RETIRED_WORDS, readLines, toLine, toWords } from './vocabulary';

const lines = readLines();

describe('the tree', () => {
  it.each(RETIRED_WORDS)('does not say "$word" ($say)', (retired) => {
    const found = findRetired(lines, retired);
    expect(found.map(({ path, line, text }) => `${path}:${line} ${text.trim().slice(0, 120)}`)).toEqual([]);
  });
});

describe('a retired word', () => {
  const duty = RETIRED_WORDS.find(({ word }) => word === 'duty')!;
  const findIn = (text: string) => findRetired([toLine('src/a.ts', 1, text)], duty);

  it.each(['createDuty(store)', 'cyberstroll_duty_held', 'duty-free', 'a duty', 'DUTY_TTL', 'duty.isMine()'])(
    'is found in %s',
    (text) => {
      expect(findIn(text)).toHaveLength(1);
    },
  );

  it('is not found inside another word', () => {
    expect(findIn('heavydutyness')).toEqual([]);
    expect(toWords('leaseStore_held-byNode')).toBe('lease store held by node');
  });

  it('is found in the name of a file', () => {
    expect(lines.filter(({ line }) => line === 0).map(({ text }) => text)).toContain('test/docs/links.test.ts');
  });
});
