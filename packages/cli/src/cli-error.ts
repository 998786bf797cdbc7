import type { Problem } from '@cyberstroll/contracts';
import { EXIT_CODES, type ExitName } from './exit-code';
import { toPrintable } from './printable';

/** Why a command fails: its message is for the user, its exit for scripts. */
export class CliError extends Error {
  override readonly name = 'CliError';

  /** The HTTP status, and what the API said, where it was the API that refused. */
  readonly httpStatus?: number;
  readonly problem?: Problem;

  constructor(
    readonly exit: ExitName,
    message: string,
    { httpStatus, problem, cause }: { httpStatus?: number; problem?: Problem; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.httpStatus = httpStatus;
    this.problem = problem;
  }

  get exitCode(): number {
    return EXIT_CODES[this.exit].code;
  }
}

/** An error as the lines that the user reads: detail first, then each field at fault, then what is legal instead. */
export function toErrorText(error: unknown): string {
  if (!(error instanceof CliError))
    return `error: ${toPrintable(error instanceof Error ? error.message : String(error))}`;
  const lines = [`${error.exit === 'interrupted' ? '' : 'error: '}${toPrintable(error.message)}`];
  const { problem } = error;
  if (problem?.errors?.length) {
    for (const { field, message } of problem.errors) lines.push(`  ${toPrintable(field)}: ${toPrintable(message)}`);
  } else if (problem?.field) {
    lines.push(`  field: ${toPrintable(problem.field)}`);
  }
  if (problem?.allowed) lines.push(`  allowed: ${toPrintable(problem.allowed.join(', ')) || 'nothing'}`);
  if (problem?.request_id) lines.push(`  request: ${toPrintable(problem.request_id)}`);
  return lines.join('\n');
}
