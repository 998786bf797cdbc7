import { MAX_BODY_BYTES, parseBody, toBody } from './message-body';

describe('parseBody', () => {
  it('reads back what toBody wrote', () => {
    expect(parseBody(toBody({ a: ['ü'] }))).toEqual({ body: { a: ['ü'] } });
  });

  it.each(['', '{"a":', 'undefined'])('refuses %j', (text) => {
    expect(parseBody(Buffer.from(text))).toMatchObject({ reason: 'not_json' });
  });

  it('refuses a body over the limit without parsing it', () => {
    expect(parseBody(Buffer.alloc(MAX_BODY_BYTES + 1))).toMatchObject({ reason: 'too_large' });
  });

  it.each([
    '{"__proto__":{"admin":true},"list":[{"__proto__":1,"b":2}]}',
    '{"\\u005f_proto__":{"admin":true},"list":[{"_\\u005Fproto__":1,"b":2}]}',
    '{"__pr\\u006fto__":{"admin":true},"list":[{"b":2}]}',
  ])('leaves prototype keys out of %s', (text) => {
    const { body } = parseBody(Buffer.from(text)) as { body: object };
    expect(Object.hasOwn(body, '__proto__')).toBe(false);
    expect(Object.assign({}, body)).not.toHaveProperty('admin');
    expect(body).toEqual({ list: [{ b: 2 }] });
  });

  it('keeps the word as a value', () => {
    expect(parseBody(Buffer.from('{"banner":"__proto__"}'))).toEqual({ body: { banner: '__proto__' } });
  });
});
