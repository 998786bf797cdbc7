import type { Problem } from '@cyberstroll/client';
import { paintError } from './color';
import { EXIT_CODES, type ExitName } from './exit-code';
import { defineTexts, say, type Text } from './language/say';
import { toPrintable } from './printable';

const t = defineTexts({
  api_refuses: ['the API refuses {count} fields', 'API 拒绝了 {count} 个字段'],
  field: ['field: {field}', '字段：{field}'],
  nothing: ['nothing', '无'],
  allowed: ['allowed: {allowed}', '允许：{allowed}'],
  request: ['request: {id}', '请求：{id}'],
});

/** An error of a command: the message is for the user, the exit code for scripts. */
export class CliError extends Error {
  override readonly name = 'CliError';

  /** The HTTP status and problem, if the API refused the request. */
  readonly httpStatus?: number;
  readonly problem?: Problem;

  constructor(
    readonly exit: ExitName,
    message: Text,
    { httpStatus, problem, cause }: { httpStatus?: number; problem?: Problem; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.httpStatus = httpStatus;
    this.problem = problem;
  }

  get exitCode(): number {
    return EXIT_CODES[this.exit];
  }
}

/** Whether a repeat cannot help: what is named does not exist, or the key is refused. */
export const isLasting = ({ httpStatus }: CliError): boolean => [400, 401, 403, 404, 422].includes(httpStatus ?? 0);

export interface ErrorStyle {
  color?: boolean;
  /** What the user can do. */
  nextStep?: string | undefined;
}

/** Exits that say how a command ended, not that it failed. */
const NO_FAULTS: readonly ExitName[] = ['interrupted', 'different'];

/** An error as lines for the user: what is wrong, each invalid field, what is allowed. Nothing is printed twice. */
export function toErrorLines(error: unknown, { color = false, nextStep }: ErrorStyle = {}): string {
  const prefix = paintError(say('error'), color);
  if (!(error instanceof CliError))
    return `${prefix}${toPrintable(error instanceof Error ? error.message : String(error))}`;
  const { problem } = error;
  const { errors = [], field } = problem ?? {};
  // The detail of several errors repeats all of them in one line.
  const message = errors.length > 1 ? t('api_refuses', { count: errors.length }) : error.message;
  const lines = [`${NO_FAULTS.includes(error.exit) ? '' : prefix}${toPrintable(message)}`];
  for (const each of errors) {
    if (!message.includes(each.message)) lines.push(`  ${toPrintable(each.field)}: ${toPrintable(each.message)}`);
  }
  if (field && errors.length === 0 && !message.includes(field)) lines.push(`  ${t('field', { field })}`);
  if (problem?.allowed) {
    const allowed = problem.allowed.join(', ') || t('nothing');
    lines.push(`  ${t('allowed', { allowed })}`);
  }
  if (problem?.request_id) lines.push(`  ${t('request', { id: problem.request_id })}`);
  if (nextStep) lines.push(`  → ${toPrintable(nextStep)}`);
  return lines.join('\n');
}
