import type { Problem } from './openapi';

/** How openapi-fetch answers a call. */
export type ApiAnswer<Data = unknown> =
  | { data: Data; error?: never; response: Response }
  | { data?: never; error: unknown; response: Response };
export type DataOf<Call extends ApiAnswer> = Extract<Call, { data: unknown }>['data'];

/** The API refused a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** One of docs/errors.md. Undefined if it was not the API that answered: a proxy, for instance. */
  readonly code: Problem['code'] | undefined;
  readonly detail: string;
  /** The field at fault. */
  readonly field: string | undefined;
  /** Seconds to wait before the next try. */
  readonly retry_after: number | undefined;
  /** The whole answer. */
  readonly problem: Problem | undefined;

  constructor(response: Response, error: unknown) {
    const problem = isProblem(error) ? error : undefined;
    const detail = problem?.detail || problem?.title || `the API answered ${response.status}`;
    super(detail);
    this.status = response.status;
    this.code = problem?.code;
    this.detail = detail;
    this.field = problem?.field;
    this.retry_after = readRetryAfter(response);
    this.problem = problem;
  }
}

/** The data of an answer. Throws an `ApiError` if the API refused the request. */
export async function unwrap<Call extends ApiAnswer>(call: Promise<Call>): Promise<DataOf<Call>> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response, error);
  return data as DataOf<Call>;
}

/** Seconds. */
export function readRetryAfter({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
