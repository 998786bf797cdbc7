import { MAX_MESSAGE_BYTES } from '@cyberstroll/contracts';
import { parseBody, toBody } from './message-body';

describe('parseBody', () => {
  it('reads back what toBody wrote', () => {
    expect(parseBody(toBody({ a: ['ü'] }))).toEqual({ body: { a: ['ü'] } });
  });

  it.each(['', '{"a":', 'undefined'])('refuses %j', (text) => {
    expect(parseBody(Buffer.from(text))).toMatchObject({ reason: 'not_json' });
  });

  it('refuses a body that is nested too deeply, unless the caller checks its parts', () => {
    const deep = Buffer.from(`${'['.repeat(65)}${']'.repeat(65)}`);
    expect(parseBody(deep)).toEqual({ reason: 'too_deep', detail: 'nested deeper than 64 levels' });
    expect(parseBody(deep, { anyDepth: true })).toHaveProperty('body');
  });

  it('refuses a body over the limit without parsing it', () => {
    expect(parseBody(Buffer.alloc(MAX_MESSAGE_BYTES + 1))).toMatchObject({ reason: 'too_large' });
  });

  it('takes a prototype key for a key like any other, and sets no prototype', () => {
    const { body } = parseBody(Buffer.from('{"__proto__":{"admin":true}}')) as { body: object };
    expect(Object.keys(body)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(body).not.toHaveProperty('admin');
  });
});
