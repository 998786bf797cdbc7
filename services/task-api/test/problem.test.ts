import {
  createTaskBodySchema,
  ERROR_CODES,
  type ErrorCode,
  MESSAGE_ERRORS,
  problemSchema,
  toHttpStatus,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { createTargetSet } from '@cyberstroll/targets';
import { toProblem } from '../src/core/requests/problem';

const problemOf = (error: unknown) => problemSchema.parse(toProblem(error, 'r1'));
const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('did not throw');
};

describe('toProblem', () => {
  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !(code in MESSAGE_ERRORS));
  it.each(codes)('gives code %s its status', (code) => {
    const problem = problemOf(new AppError(code));
    expect(problem.status).toBe(toHttpStatus(code));
    expect(problem.request_id).toBe('r1');
    expect(problem.type).toBe(`urn:cyberstroll:problem:${problem.code}`);
  });

  it('hides the message of a bug and the address of a backing service', () => {
    expect(JSON.stringify(problemOf(new Error('secret at /src/x.ts')))).not.toContain('secret');
    expect(JSON.stringify(problemOf('secret'))).not.toContain('secret');
    const away = problemOf(new AppError('mongodb_unavailable', { detail: 'connect to db.secret.lan:27017' }));
    expect(JSON.stringify(away)).not.toContain('secret');
    expect(away['retry_after_seconds']).toBe(2);
  });

  it('shows only the details for clients', () => {
    const problem = problemOf(
      new AppError('illegal_transition', { detail: 'no', allowed: ['cancel'], uri: 'hidden', rev: 3 }),
    );
    expect(problem).toMatchObject({ status: 409, allowed: ['cancel'] });
    expect(problem).not.toHaveProperty('uri');
    expect(problem).not.toHaveProperty('rev');
  });

  it('names each invalid field of a body, including unknown ones', () => {
    const { error } = createTaskBodySchema.safeParse({
      task_target: '',
      task_initiator: 'me',
      scan: { ports: '70000', extra: 1 },
      status: 'COMPLETED',
    });
    const problem = problemOf(error);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_body' });
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual([
      'scan.extra',
      'scan.ports',
      'status',
      'task_target',
    ]);
  });

  it.each([
    [{ include: '010.0.0.1' }, 'task_target', '010.0.0.1'],
    [{ include: '10.0.0.1', exclude: '10.0.0.0/33' }, 'exclude_target', '10.0.0.0/33'],
    [{ include: '::/64', maxCount: 10 }, 'task_target', '::/64'],
  ])('names the refused target of %j', (options, field, entry) => {
    const problem = problemOf(thrownBy(() => createTargetSet(options)));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_targets', field, entry });
    expect(problem.detail).toContain(entry);
  });

  it.each([
    ['entity.too.large', 413, 'body_too_large'],
    ['encoding.unsupported', 415, 'unsupported_media_type'],
    ['request.aborted', 400, 'bad_request'],
  ])('knows the body parser’s %s', (type, status, code) => {
    const error = Object.assign(new Error('x'), { status, type, limit: 9 });
    expect(problemOf(error)).toMatchObject({ status, code });
  });
});
