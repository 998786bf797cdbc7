import { ApiError } from '@cyberstroll/client';
import { language } from '../language/language';
import { chinese, inWords, nameFault } from './in-words';

const toError = (status: number, problem: object) => new ApiError(new Response(null, { status }), problem);
const PORT = toError(400, {
  code: 'invalid_query',
  detail: 'the query string is not valid: port: must be at most 65,535',
  field: 'port',
  errors: [
    { field: 'port', message: 'must be at most 65,535', sentence: { code: 'too_big', values: { limit: '65535' } } },
  ],
});
const SCOPE = toError(422, {
  code: 'out_of_scope',
  detail: 'a target is outside the scope: task_target: "10.0.0.0/8" is outside the scan scope 127.0.0.0/8',
  field: 'task_target',
  entry: '10.0.0.0/8',
});
const KEY = toError(401, { code: 'unauthorised', detail: 'a valid API key, session or ticket is required: expired' });
const OLD = { errors: [{ field: 'port', message: 'of an older service' }], code: 'invalid_body', detail: '' };
const FROZEN = 'frozen by ann, held since 2026-01-31T12:00:00.000Z: the link is slow';
const frozen = {
  code: 'frozen',
  values: { operator: 'ann', since_time: '2026-01-31T12:00:00.000Z', reason: 'the link is slow' },
};

afterEach(() => {
  language.value = 'en';
});

it('says in English what is wrong, at which field, and times as the reader has them', () => {
  expect(nameFault(PORT)).toBe('port: must be at most 65,535');
  expect(nameFault(KEY)).toBe('This key is not valid. It may be revoked or expired.');
  expect(nameFault(SCOPE)).toContain('is outside the scan scope');
  expect(inWords(FROZEN, frozen)).not.toContain('2026-01-31T');
  const sent = '{"sent_time":"2026-01-31T12:00:00.000Z"}';
  expect(inWords(sent, frozen)).toBe(sent);
  expect(inWords('on the way to COMPLETED', { code: 'on_the_way', values: { status: 'COMPLETED' } })).toBe('');
});

it('says the same in Chinese, once that is loaded, and leaves what has no code as it is', async () => {
  language.value = 'zh';
  expect(inWords('created', { code: 'created', values: {} })).toBe('created');
  chinese.value = await import('../language/chinese');
  expect(inWords('created', { code: 'created', values: {} })).toBe('已创建');
  expect(nameFault(PORT)).toBe('port：不能大于 65,535');
  expect(nameFault(SCOPE)).toBe('目标超出允许的范围；字段 task_target；“10.0.0.0/8”');
  expect(nameFault(KEY)).toBe('该密钥无效，可能已被吊销或过期。');
  expect(nameFault(toError(400, OLD))).toBe('port：of an older service');
  expect(inWords(FROZEN, frozen)).toMatch(/^被 ann 冻结，自 2026年1月31日/);
  expect(inWords('maintenance', undefined)).toBe('maintenance');
});
