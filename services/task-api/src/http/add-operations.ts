import type { Caller } from '@cyberstroll/access';
import { type AuditOutcome, groupBy, OPERATIONS, type Operation, type OperationId } from '@cyberstroll/contracts';
import { AppError, createSharedCalls, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { Request, RequestHandler, Response, Router } from 'express';
import type * as z from 'zod';
import { toProblem } from '../core/requests/problem';
import { type Answer, type BytesAnswer, type StreamedAnswer, sendBytes, sendStream } from './answers/answer';
import { getCaller } from './caller';
import type { Audit } from './middleware/audit';
import { authorize } from './middleware/authenticate';
import { answerPreflight, isPreflight } from './middleware/cors';
import { type IdempotencyDeps, onceUnderKey, type Post, type Slot } from './middleware/idempotency';
import { findTaskIds, guardRules, guardTasks } from './middleware/key-networks';
import {
  type Parameters,
  readBody,
  readIfMatch,
  readParameters,
  readQuery,
  receiveBody,
  refuseQuery,
} from './read-request';

type Operations = typeof OPERATIONS;
type Parsed<Op, Part extends 'query' | 'body'> = Op extends Record<Part, z.ZodType> ? z.output<Op[Part]> : undefined;
type AnswerOf<Op> = Op extends { answers: infer Answers } ? Answers[keyof Answers] : never;
type AnswerBody<Op> =
  AnswerOf<Op> extends infer One ? (One extends { body: z.ZodType } ? z.output<One['body']> : undefined) : never;

/** A request that was read and checked against its operation. */
export interface Call<Id extends OperationId> {
  params: Parameters<Operations[Id]['path']>;
  query: Parsed<Operations[Id], 'query'>;
  body: Parsed<Operations[Id], 'body'>;
  caller: Caller;
  /** The version that the task must have, by `If-Match`. */
  version: number | undefined;
  /** Of a POST with an `Idempotency-Key`. */
  slot: Slot | undefined;
  request: Request;
  response: Response;
}

type AnswerTo<Op> = Op extends { events: object }
  ? StreamedAnswer | Answer<undefined>
  : Op extends { bytes: object }
    ? BytesAnswer
    : AnswerInText<Op>;
type AnswerInText<Op> = Op extends { streams: object }
  ? Answer<AnswerBody<Op>> | StreamedAnswer
  : Answer<AnswerBody<Op>>;
type Handler<Id extends OperationId> = (call: Call<Id>) => Promise<AnswerTo<Operations[Id]>>;

/** A handler with options. */
interface Served<Id extends OperationId> {
  run: Handler<Id>;
  /** Answers a repeat of the POST under the same `Idempotency-Key`. By default the repeat gets the first answer. */
  repeat?: Handler<Id>;
  /** What is kept of the answer for a repeat, if it holds what is not to be stored. */
  toKept?: (answer: Answer) => Answer;
  /** The POST changes nothing: its `Idempotency-Key` has no effect. */
  isReading?: boolean;
  /**
   * Which requests for the same at the same time share one answer. It must depend on nothing but the URL and the
   * networks of the API key.
   */
  isShared?: (request: Request, response: Response) => boolean;
  /** Without an answer within this many milliseconds the request gets 503. By default that of the service. */
  withinMs?: number;
}

type AnyServed = { id: OperationId; operation: Operation } & Served<OperationId>;

export type Handlers = { [Id in OperationId]?: Handler<Id> | Served<Id> };

/** A shared answer that takes longer keeps no other request waiting. */
const SHARE_WITHIN_MS = 500;

interface ServingDeps extends IdempotencyDeps {
  store: Pick<Store, 'tasks' | 'idempotency' | 'ruleSettings'>;
  audit: Audit;
  /** Run before anything else of a path that exists. Which paths exist is public: one that does not is 404 for all. */
  guards: readonly RequestHandler[];
  /**
   * The longest time to an answer, in milliseconds. A backing service that hangs is reported like one that is
   * unavailable (503).
   */
  answerWithinMs: number;
}

/**
 * Serves operations of the table. Path, method, role, query and body are those of the table; any other method of these
 * paths gets 405. All operations of one path must be in one call.
 */
export function addOperations(router: Router, deps: ServingDeps, handlers: Handlers): void {
  const served = Object.entries(handlers).map(([id, handler]) => ({
    operation: OPERATIONS[id as OperationId] as Operation,
    id: id as OperationId,
    ...(typeof handler === 'function' ? { run: handler } : handler),
  })) as AnyServed[];
  // `/api/dead-letters/replay` before `/api/dead-letters/{dead_letter_id}`: a brace sorts last.
  const byPath = [...groupBy(served, ({ operation }) => operation.path)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  for (const [path, each] of byPath) addPath(router, deps, path, each);
}

function addPath(router: Router, deps: ServingDeps, path: string, served: AnyServed[]): void {
  const record =
    (id: OperationId): RequestHandler =>
    async (request, response, next) => {
      await deps.audit.begin(id, request, response);
      next();
    };
  const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  // Express also takes capitals and a slash at the end, past the rules by path that a proxy may have.
  const exact = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  const isExact: RequestHandler = (request, _response, next) => (exact.test(request.path) ? next() : next('route'));
  route.all(isExact, ...deps.guards);
  for (const each of served) {
    const handlers = [authorize(each.id), ...(each.operation.query ? [] : [refuseQuery])];
    const { method } = each.operation;
    if (method === 'GET') route.get(...handlers, answer(deps, each));
    else route[toLower(method)](record(each.id), ...handlers, receiveBody, answer(deps, each));
  }
  const allowed = served.flatMap(({ operation: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  route.all((request, response) => {
    if (isPreflight(request, response)) return answerPreflight(response, allowed);
    throw new AppError('method_not_allowed', {
      detail: `${request.method} is not allowed here; allowed: ${allowed.join(', ')}`,
      allowed,
    });
  });
}

const toLower = <Method extends string>(method: Method) => method.toLowerCase() as Lowercase<Method>;

function answer(deps: ServingDeps, served: AnyServed): RequestHandler {
  const { operation, run, repeat, toKept } = served;
  const { isReading = false, isShared, withinMs = deps.answerWithinMs } = served;
  const statuses = Object.keys(operation.answers).map(Number);
  const usual = statuses.length === 1 ? statuses[0]! : 200;
  const read = (handler: Handler<OperationId>) => async (request: Request, response: Response, slot?: Slot) => {
    const params = readParameters(operation.path, request);
    const query = operation.query && readQuery(operation.query, request);
    const body = operation.body && readBody(operation.body, request);
    const isGuarded = operation.versioned !== undefined && operation.versioned !== 'read';
    const version = isGuarded ? readIfMatch(request) : undefined;
    const caller = getCaller(response);
    await guardTasks(deps.store, findTaskIds(operation.path, params, body), caller);
    if (operation.method !== 'GET') await guardRules(deps.store, params, caller);
    const call: unknown = { params, query, body, caller, version, slot, request, response };
    return (handler as (call: unknown) => Promise<Answer | StreamedAnswer | BytesAnswer>)(call);
  };
  const handle = isShared
    ? share(read(run) as Read, isShared)
    : operation.method !== 'POST' || isReading
      ? read(run)
      : onceUnderKey(deps, operation.path, read(run) as Post, { repeat: repeat && (read(repeat) as Post), toKept });
  const toOutcome = (request: Request, { status = usual, change }: Partial<Answer>): AuditOutcome => {
    const { reason } = (request.body ?? request.query) as { reason?: string };
    return { status, ...(reason && { reason }), ...change };
  };
  return async (request, response) => {
    if (isReading || (request.body as { dry_run?: unknown } | undefined)?.dry_run === true) {
      deps.audit.noteDryRun(response);
    }
    const handling = handle(request, response);
    const giveUp = () => {
      const outcome = handling.then((answered) => toOutcome(request, answered as Partial<Answer>), toFailure);
      deps.audit.completeLater(response, outcome);
      return new AppError('no_answer_in_time');
    };
    const answered = await within(handling, withinMs, giveUp);
    if ('chunks' in answered) return sendStream(answered, request, response);
    if ('bytes' in answered) return sendBytes(answered, operation.bytes!.type, request, response);
    await deps.audit.complete(response, toOutcome(request, answered));
    const { status = usual, location, version, body, json } = answered;
    if (location !== undefined) response.location(location);
    if (version !== undefined) response.set('etag', `"${version}"`);
    const next = toNextPage(request, body);
    if (next !== undefined) response.links({ next });
    response.status(status);
    if (json) response.type('json').send(json);
    else if (body === undefined) response.end();
    else response.json(body);
  };
}

type Read = (request: Request, response: Response) => Promise<Answer>;

/** Answers all requests for the same at the same time together. Callers with the same networks may see the same. */
function share(read: Read, isShared: NonNullable<AnyServed['isShared']>): Read {
  const shared = createSharedCalls<Answer>({ waitMs: SHARE_WITHIN_MS });
  return (request, response) => {
    if (!isShared(request, response)) return read(request, response);
    const key = JSON.stringify([getCaller(response).scope?.networks, request.originalUrl]);
    return shared(key, async () => {
      const answer = await read(request, response);
      return { ...answer, json: Buffer.from(JSON.stringify(answer.body)) };
    });
  };
}

function toFailure(error: unknown): AuditOutcome {
  const { status, code } = toProblem(error);
  return { status, code };
}

/** The path of the next page of a list. */
function toNextPage({ originalUrl }: Request, body: unknown): string | undefined {
  const { next_cursor } = (body ?? {}) as { next_cursor?: string };
  if (next_cursor === undefined) return undefined;
  const { pathname, searchParams } = new URL(originalUrl, 'http://localhost');
  searchParams.set('cursor', next_cursor);
  return `${pathname}?${searchParams}`;
}
