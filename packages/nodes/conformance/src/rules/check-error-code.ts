import type { SeenUpdate } from '../bench/bench';
import { check } from '../broken-rule';

/** Breaks the rule unless all ended so. */
export function checkErrorCode(finals: readonly SeenUpdate[], status: string, code: string): void {
  const wrong = finals.find((update) => update.status !== status || update.error_info?.error_code !== code);
  check(!wrong, `${wrong?.status} ${wrong?.error_info?.error_code ?? ''}, due is ${status} ${code}`);
}
