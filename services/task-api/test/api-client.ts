import { type Problem, problemSchema } from '@cyberstroll/contracts';
import { checkAnswer } from '@cyberstroll/testkit';
import { KEYS } from './create-service';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the body
  body: any;
}

export interface Call {
  key?: string | null;
  headers?: Record<string, string>;
  /** Sent as JSON; a string as it is. */
  body?: unknown;
}

export type Api = (method: string, path: string, call?: Call) => Promise<Answer>;

export const createApi =
  (port: () => number): Api =>
  async (method, path, { key = KEYS.operator, headers = {}, body } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port()}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status, headers: received } = response;
    const answer = { status, headers: received, body: toBody(bytes, received) };
    checkAnswer({ method, path, ...answer });
    return answer;
  };

/** A stream of server-sent events that stays open until it is closed. */
export async function openStream(port: number, path: string, { key = KEYS.viewer, headers = {} }: Call = {}) {
  const gone = new AbortController();
  const url = `http://127.0.0.1:${port}${path}`;
  const { body } = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: gone.signal,
  });
  const stream = { text: '', close: () => gone.abort() };
  const read = async () => {
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) stream.text += chunk;
  };
  read().catch(() => undefined);
  return stream;
}

/** Parsed JSON, the text of a stream, or bytes. */
function toBody(bytes: Buffer, headers: Headers): unknown {
  if (bytes.length === 0) return undefined;
  const type = headers.get('content-type') ?? '';
  if (type === 'application/octet-stream') return bytes;
  const text = bytes.toString();
  return /[/+]json(;|$)/.test(type) ? JSON.parse(text) : text;
}

/** An answer that must be a problem of this status and code. */
export function toProblemOf(answer: Answer, status: number, code: string): Problem {
  expect({ status: answer.status, code: answer.body?.code }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d/);
  return problemSchema.parse(answer.body);
}

export const newTask = (change: object = {}) => ({
  task_target: '127.0.0.0/29',
  task_initiator: 'tester',
  scan: { ports: '22,80' },
  ...change,
});
