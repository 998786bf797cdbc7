import { ApiError, createClient, paginate, unwrap } from '../src';

const BODY = { task_initiator: 'tester', task_target: '127.0.0.1', scan: { ports: '22' } };

interface Sent {
  request: Request;
  body: string;
}

/** A client whose requests are kept and answered in turn. */
function setup(answers: (Response | Error)[], options: Partial<Parameters<typeof createClient>[0]> = {}) {
  const sent: Sent[] = [];
  const fetch = async (request: Request) => {
    sent.push({ request, body: await request.text() });
    const answer = answers.shift()!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { client: createClient({ baseUrl: 'http://api', apiKey: 'key', fetch, ...options }), sent };
}

const problem = (status: number, code: string, retryAfter?: number, more: object = {}) =>
  Response.json(
    { type: `urn:cyberstroll:${code}`, title: code, status, code, detail: `why: ${code}`, ...more },
    { status, headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) } },
  );
const later = () => problem(429, 'rate_limited', 0);
const created = () => Response.json({ task_id: 'one' }, { status: 201 });

it('a refusal is an ApiError with what the problem and Retry-After say', async () => {
  const { client } = setup([problem(429, 'backlog_full', 7, { field: 'task_target' })]);
  const refused = unwrap(client.POST('/api/tasks', { body: BODY }));
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toMatchObject({
    status: 429,
    code: 'backlog_full',
    detail: 'why: backlog_full',
    message: 'why: backlog_full',
    field: 'task_target',
    retry_after: 7,
    problem: { title: 'backlog_full' },
  });
});

it.each([['<html>'], [''], ['null'], ['{"code":1}']])('a refusal that is no problem has no code (%s)', async (body) => {
  const { client } = setup([new Response(body, { status: 502 })]);
  await expect(unwrap(client.GET('/api/nodes'))).rejects.toMatchObject({
    status: 502,
    code: undefined,
    problem: undefined,
    detail: 'the API answered 502',
    retry_after: undefined,
  });
});

it('each POST has a key of its own, unless the caller gives one', async () => {
  const { client, sent } = setup([created(), created(), created(), Response.json({ items: [] })]);
  await client.POST('/api/tasks', { body: BODY });
  await client.POST('/api/tasks', { body: BODY });
  await client.POST('/api/tasks', { body: BODY, params: { header: { 'Idempotency-Key': 'nightly' } } });
  await client.GET('/api/nodes');
  const keys = sent.map(({ request }) => request.headers.get('idempotency-key'));
  expect(keys).toEqual([expect.stringMatching(/^\w{32}$/), expect.stringMatching(/^\w{32}$/), 'nightly', null]);
  expect(keys[0]).not.toBe(keys[1]);
  expect(sent[0]!.request.headers.get('authorization')).toBe('Bearer key');
});

describe('retry', () => {
  it('sends a request again, the same in key and body, while the API says when', async () => {
    const refusals = [later(), problem(503, 'draining', 0), problem(409, 'idempotency_key_in_use', 0)];
    const { client, sent } = setup([...refusals, created()], { retry: { times: 3 } });
    expect(await unwrap(client.POST('/api/tasks', { body: BODY }))).toEqual({ task_id: 'one' });
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([BODY, BODY, BODY, BODY]);
    expect(new Set(sent.map(({ request }) => request.headers.get('idempotency-key'))).size).toBe(1);
  });

  it.each([
    ['nobody asked for it', undefined, later(), 1],
    ['the number of retries is used up', { times: 1 }, later(), 2],
    ['the wait is too long', { times: 3, longestWait: 5 }, problem(429, 'rate_limited', 6), 1],
    ['the API does not say when', { times: 3 }, problem(503, 'unavailable'), 1],
    ['it is a conflict', { times: 3 }, problem(409, 'illegal_transition'), 1],
    ['a later request would be refused, too', { times: 3 }, problem(422, 'invalid_body', 0), 1],
  ])('passes the refusal on where %s', async (_why, retry, answer, requests) => {
    const { client, sent } = setup([answer, later(), later(), later()], { retry });
    await expect(unwrap(client.GET('/api/nodes'))).rejects.toBeInstanceOf(ApiError);
    expect(sent).toHaveLength(requests);
  });

  it('sends a POST again whose answer was lost, the same in key and body', async () => {
    const { client, sent } = setup([new TypeError('fetch failed'), created()], { retry: { times: 1 } });
    expect(await unwrap(client.POST('/api/tasks', { body: BODY }))).toEqual({ task_id: 'one' });
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([BODY, BODY]);
    expect(new Set(sent.map(({ request }) => request.headers.get('idempotency-key'))).size).toBe(1);
  });

  it.each([
    ['what has no key', 'PATCH', new TypeError('fetch failed')],
    ['what the caller waits for no longer', 'POST', new DOMException('', 'TimeoutError')],
  ] as const)('does not send %s again after a lost answer', async (_what, method, lost) => {
    const { client, sent } = setup([lost, created()], { retry: { times: 1 } });
    const path = '/api/tasks' as never;
    await expect((client[method] as typeof client.POST)(path, { body: BODY } as never)).rejects.toBe(lost);
    expect(sent).toHaveLength(1);
  });

  it('an aborted call waits no longer', async () => {
    const abort = new AbortController();
    const { client, sent } = setup([problem(429, 'rate_limited', 60)], { retry: { times: 1 } });
    const call = client.GET('/api/nodes', { signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(sent).toHaveLength(1);
  });
});

describe('paginate', () => {
  it('follows next_cursor to the end, one page at a time', async () => {
    const pages = [{ items: [1, 2], next_cursor: 'b' }, { items: [], next_cursor: 'c' }, { items: [3] }];
    const { client, sent } = setup(pages.map((page) => Response.json(page)));
    const items = paginate((page) => client.GET('/api/nodes', { params: { query: { ...page, pool: 'edge' } } }));
    const first = await items.next();
    expect([first.value, sent.length]).toEqual([1, 1]);
    const rest: unknown[] = [];
    for await (const item of items) rest.push(item);
    expect(rest).toEqual([2, 3]);
    expect(sent.map(({ request }) => new URL(request.url).search)).toEqual([
      '?pool=edge',
      '?cursor=b&pool=edge',
      '?cursor=c&pool=edge',
    ]);
  });

  it('throws what the API refuses', async () => {
    const { client } = setup([problem(400, 'invalid_query')]);
    const first = paginate((query) => client.GET('/api/tasks', { params: { query } })).next();
    await expect(first).rejects.toMatchObject({ code: 'invalid_query' });
  });
});
