/** A request that must be refused, and how. */
export interface HostileCase {
  title: string;
  /** task-api, where it is not said. */
  to?: 'task-api' | 'progress-pusher';
  request: string | Buffer;
  status: number;
  code?: string;
  /** The field at fault that the problem names. */
  field?: string;
}

/** What the cases may use of the system under test. */
export interface Target {
  /** A task that stands, in state CREATED. */
  taskId: string;
  subTaskId: string;
  keys: Record<'viewer' | 'operator' | 'admin', string>;
  /** A web origin that task-api and progress-pusher allow. */
  origin: string;
}

export interface RequestParts {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** An HTTP/1.1 request as bytes; nothing of it is checked. */
export function toRequest({ method = 'GET', path, headers = {}, body }: RequestParts): Buffer {
  const content = body === undefined ? undefined : Buffer.from(body);
  const all = {
    host: '127.0.0.1',
    ...(content && { 'content-type': 'application/json', 'content-length': String(content.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), content ?? Buffer.alloc(0)]);
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** A short name of any value for a test's title. */
export const show = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is shown
  const safe = text.replace(/[\u0000-\u001f\u007f-\u{10ffff}]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16)}`);
  return safe.length > 60 ? `${safe.slice(0, 57)}...` : safe;
};
