import * as z from 'zod';
import type { ErrorCode } from '../errors/error-codes';
import type { KeyNetworkRule } from './access/key-networks';

/** What one method of one path does: task-api serves it, the OpenAPI document describes it. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its parameters in braces: names of `PATH_PARAMETERS`. */
  path: `/api/${string}`;
  tag: OperationTag;
  /** In one line. */
  summary: string;
  description?: string;
  /** The least role that may call it. */
  role: 'viewer' | 'operator' | 'admin';
  /** What it does for an API key that has networks. */
  networks: KeyNetworkRule;
  /** `key`: a session cookie does not authenticate it. */
  security?: 'key';
  /** Absent: every query parameter is refused. */
  query?: z.ZodObject;
  /** The body of a POST, PUT or PATCH. Absent: the body is empty. */
  body?: z.ZodType;
  /** Bodies to begin with, by what they show. */
  examples?: Readonly<Record<string, object>>;
  /** Only a 204 has no body, and an answer of `bytes`. */
  answers: Readonly<Partial<Record<200 | 201 | 202 | 204, { when: string; body?: z.ZodType; location?: true }>>>;
  /** For a list: by content type, the streams of everything that matches, which `Accept` or `format` choose. */
  streams?: Readonly<Record<string, string>>;
  /** The 200 is not JSON: its content type, and what its bytes are. */
  bytes?: { type: string; description: string };
  /** The 200 is a stream of server-sent events, with this data by the name of the event. Its `body` is their text. */
  events?: Readonly<Record<string, z.ZodType>>;
  /**
   * `read`: its answer has the `ETag` of the task's state. `write`: it takes an `If-Match`, so that it changes nothing
   * that has changed since.
   */
  versioned?: 'read' | 'write' | 'both';
  /** The codes of its problems, beside those of `COMMON_PROBLEMS`. */
  problems: readonly ErrorCode[];
}

export const OPERATION_TAGS = {
  tasks: 'Create tasks, look at them, and control them.',
  operations: 'Commands for many tasks.',
  schedules: 'Tasks that are created again and again.',
  subtasks: 'One subtask is the scan of one address.',
  results: 'What scans found: one result is one address with open ports.',
  inventory: 'What is open on each address now, over all tasks, and what changed.',
  methods: 'How nodes scan, and which options that takes.',
  nodes: 'The scanner nodes, as their heartbeats describe them.',
  freezes: 'Stop tasks from beginning anything, now or in a planned period.',
  statistics: 'Figures of one task or of everything.',
  limits: 'How hard tasks may scan.',
  alerts: 'What operators should look at.',
  audit: 'Who commanded what.',
  exclusions: 'Addresses that are never scanned.',
  keys: 'API keys: create, rotate and revoke them without a restart.',
  session: 'Sessions of the dashboard: log in with an API key, and out.',
  'dead letters': 'Messages and updates that could not be applied.',
} as const;
type OperationTag = keyof typeof OPERATION_TAGS;

type Route = `${Operation['method']} ${Operation['path']}`;

/** An operation as its table has it: `route` is its method and its path, as in `GET /api/alerts`. */
export interface Row extends Omit<Operation, 'method' | 'path' | 'tag' | 'problems'> {
  route: Route;
  problems?: Operation['problems'];
}

type RowsToOperations<Rows> = {
  readonly [Id in keyof Rows]: Rows[Id] extends { route: `${infer Method} ${infer Path}` }
    ? Omit<Rows[Id], 'route'> & Pick<Operation, 'tag' | 'problems'> & { readonly method: Method; readonly path: Path }
    : never;
};

/** The operations of a tag, from their rows. */
export const operationsOf = <const Rows extends Readonly<Record<string, Row>>>(
  tag: OperationTag,
  rows: Rows,
): RowsToOperations<Rows> =>
  Object.fromEntries(
    Object.entries(rows).map(([id, { route, problems = [], ...row }]) => {
      const [method, path] = route.split(' ');
      return [id, { method, path, tag, problems, ...row }];
    }),
  ) as unknown as RowsToOperations<Rows>;

/** Problems that every request may get. */
export const COMMON_PROBLEMS = [
  'bad_request',
  'invalid_query',
  'unauthorised',
  'forbidden',
  'request_timeout',
  'headers_too_large',
  'rate_limited',
  'draining',
  'no_answer_in_time',
  'unavailable',
  'internal_error',
] as const satisfies readonly ErrorCode[];

/** Problems that every command may get too: every operation but a GET. */
export const COMMAND_PROBLEMS = ['cross_site_request'] as const satisfies readonly ErrorCode[];

/** Problems that every request with a body may get too. */
export const BODY_PROBLEMS = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'invalid_body',
] as const satisfies readonly ErrorCode[];

/** Problems that every POST may get too. */
export const POST_PROBLEMS = [
  'invalid_header',
  'idempotency_key_in_use',
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];

/** The body of a POST that needs none. */
export const emptyBodySchema = z.strictObject({}).prefault({});

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  next_cursor?: string;
}

const pages = new WeakMap<z.ZodType, z.ZodType>();

/** A page of a list: `next_cursor` is absent on the last page. Of the same items it is the same schema. */
export function pageOf<Item extends z.ZodType>(item: Item): z.ZodType<Page<z.output<Item>>> {
  const page = pages.get(item) ?? toPage(item);
  pages.set(item, page);
  return page as z.ZodType<Page<z.output<Item>>>;
}

const toPage = (item: z.ZodType): z.ZodType =>
  z
    .object({
      items: z.array(item),
      next_cursor: z.string().optional().describe('Send it as `cursor` to get the next page; absent on the last page'),
    })
    .describe('A page of a list');

/** The content type of server-sent events. */
export const EVENT_STREAM = 'text/event-stream';

/** The `ETag` of a task or a schedule: its version in quotes. */
export const ETAG = /^"(0|[1-9]\d{0,14})"$/;
