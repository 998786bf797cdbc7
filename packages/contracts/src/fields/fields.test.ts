import type * as z from 'zod';
import { toJsonSchemas } from '../json-schema/to-json-schemas';
import { subTaskUpdateSchema } from '../messages/state-update';
import { labelSchema, networkSchema, oneAddressSchema, reasonSchema, reasonTextSchema } from './fields';

const refusalOf = (schema: typeof labelSchema | typeof reasonSchema, text: unknown): string | undefined =>
  schema.safeParse(text).error?.issues[0]?.message;

describe('a label', () => {
  it.each([
    ['夜间扫描', '夜间扫描'],
    ['张三', '张三'],
    ['𠮷野家', '𠮷野家'],
    ['José'.normalize('NFD'), 'José'.normalize('NFC')],
    ['  Ночной скан №2  ', 'Ночной скан №2'],
    ['हिन्दी (é) ३-४', 'हिन्दी (é) ३-४'],
    ['全角　空格，：！', '全角　空格，：！'],
    ['葛\u{e0100}城', '葛\u{e0100}城'],
    ['a.b_c:d@e-f', 'a.b_c:d@e-f'],
    ['界'.repeat(100), '界'.repeat(100)],
    ['𠮷'.repeat(100), '𠮷'.repeat(100)],
  ])('takes %j in NFC and trimmed', (given, kept) => {
    expect(labelSchema.parse(given)).toBe(kept);
  });

  it.each([
    ['', 'must be 1 to 100 characters'],
    [' \t\u3000', 'must be 1 to 100 characters'],
    ['界'.repeat(101), 'must be 1 to 100 characters'],
    ['𠮷'.repeat(101), 'must be 1 to 100 characters'],
    ['a\u0000b', 'U+0000'],
    ['a\nb', 'U+000A'],
    ['a\u001b[31m', 'U+001B'],
    ['a\u0085b', 'U+0085'],
    ['evil\u202egnp.exe', 'U+202E'],
    ['a\u2066b\u2069', 'U+2066'],
    ['a\u200bb', 'U+200B'],
    ['a\u2028b', 'U+2028'],
    ['a\ufeffb', 'U+FEFF'],
    ['a\ud800b', 'U+D800'],
    ['\u3164', 'U+3164'],
    ['a\ue000', 'U+E000'],
    ['a\ufffd', 'U+FFFD'],
    ['a\u{e0041}', 'U+E0041'],
  ])('refuses %j and says why', (given, why) => {
    expect(refusalOf(labelSchema, given)).toContain(why);
  });

  it('refuses a text that is too long before it normalises it: a run of marks costs the square of its length', () => {
    const marks = `a${'\u0301\u0316'.repeat(400_000)}`;
    const normalize = jest.spyOn(String.prototype, 'normalize');
    try {
      expect(refusalOf(labelSchema, marks)).toBe('must be 1 to 100 characters');
      expect(refusalOf(reasonSchema, marks)).toBe('must be at most 500 characters');
      expect(normalize).not.toHaveBeenCalled();
      expect(labelSchema.parse('a')).toBe('a');
      expect(normalize).toHaveBeenCalled();
    } finally {
      normalize.mockRestore();
    }
  });
});

describe('a reason', () => {
  it.each([
    ['  客户要求停止  ', '客户要求停止'],
    ['می‌خواهم 👨‍👩‍👧', 'می‌خواهم 👨‍👩‍👧'],
    ['', undefined],
    [' \n\t ', undefined],
    [undefined, undefined],
    ['界'.repeat(500), '界'.repeat(500)],
  ])('takes %j trimmed, a blank one for none', (given, kept) => {
    expect(reasonSchema.parse(given)).toBe(kept);
  });

  it.each([
    ['界'.repeat(501), 'must be at most 500 characters'],
    ['\u001b[31mred\u0007', 'U+001B'],
    ['a\u0000', 'U+0000'],
    ['two\nlines', 'U+000A'],
    ['a\u202eb', 'U+202E'],
    ['a\udfffb', 'U+DFFF'],
    ['a\ufffdb', 'U+FFFD'],
  ])('refuses %j and says why', (given, why) => {
    expect(refusalOf(reasonSchema, given)).toContain(why);
  });

  it('of the greatest length fits into the update that carries it', () => {
    const reason = reasonSchema.parse('𠮷'.repeat(500));
    expect(subTaskUpdateSchema.shape.reason.parse(reason)).toBe(reason);
    expect(subTaskUpdateSchema.shape.reason.safeParse('x'.repeat(501)).success).toBe(false);
  });
});

describe('the pattern of a field in the OpenAPI document', () => {
  const patternOf = (schema: z.ZodType) =>
    new RegExp(toJsonSchemas({ it: schema }, { side: 'input', toReference: String })['it']!.pattern!, 'u');
  const everyCharacter = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code));

  it.each([
    ['a name', labelSchema],
    ['a reason', reasonTextSchema],
  ])('%s: refuses all control characters, and nothing that the server takes', (_, schema) => {
    const pattern = patternOf(schema);
    const refused = everyCharacter.filter((each) => !pattern.test(`a${each}b`));
    expect(refused).toEqual(everyCharacter.filter((each) => /\p{Cc}/u.test(each)));
    expect(refused.filter((each) => schema.safeParse(`a${each}b`).success)).toEqual([]);
  });

  it('a name that is blank is refused', () => {
    for (const blank of ['', ' ', '   ', '\t', '\u00a0']) expect(patternOf(labelSchema).test(blank)).toBe(false);
    expect(patternOf(labelSchema).test(' a ')).toBe(true);
    expect(patternOf(reasonTextSchema).test('')).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '10.0.0.0/0',
    '10.0.0.0/32',
    '::',
    '::1',
    '2001:db8::/64',
    '::/128',
    '1:2:3:4:5:6:7:8',
    '10.0.0.01',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0',
    '1::2::3',
    '::/129',
    '::1%eth0',
    'host',
    '',
    '10.0.0.1 ',
    '10.0.0.1-5',
    '10.0.0.0/24,10.0.1.0/24',
  ])('an address and a network: takes %j if, and only if, the server does', (text) => {
    for (const schema of [networkSchema, oneAddressSchema]) {
      expect(patternOf(schema).test(text)).toBe(schema.safeParse(text).success);
    }
  });
});
