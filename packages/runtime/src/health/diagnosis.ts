/** The result of one check. A check only reads; the operator applies the remedy. */
export interface Diagnosis {
  /** What was checked: the name of the backing service and the subject, in a few words. */
  check: string;
  verdict: 'ok' | 'warn' | 'fail';
  found: string;
  /** Present with every verdict except `ok`. */
  remedy?: string;
}

export const ok = (check: string, found: string): Diagnosis => ({ check, verdict: 'ok', found });
/** Works, but should be changed. */
export const warn = (check: string, found: string, remedy: string): Diagnosis => ({
  check,
  verdict: 'warn',
  found,
  remedy,
});
/** Does not work, or loses data. */
export const fail = (check: string, found: string, remedy: string): Diagnosis => ({
  check,
  verdict: 'fail',
  found,
  remedy,
});

const LATE = /time(?:d )?-?out|not committed within|did not arrive/i;

/** The remedy of an error, but for an answer that came too late: that says nothing about rights. */
export const unlessLate = (found: string, remedy: string): string =>
  LATE.test(found) ? 'it answers too late, which is no lack of rights: look at its load, and check again' : remedy;

/** Compares `version` with `least`; both are numbers separated by points. */
export function diagnoseVersion(check: string, version: string, least: string): Diagnosis {
  const theirs = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [i, wanted] of least.split('.').map(Number).entries()) {
    const number = theirs[i] ?? 0;
    if (number > wanted) break;
    if (!(number >= wanted)) return fail(check, version, `update it to ${least} or newer`);
  }
  return ok(check, `${version}, supported from ${least} on`);
}

const WARN_MS = 1_000;
const FAIL_MS = 10_000;

/** Their clock, read between two moments of our clock; all in milliseconds since 1970. */
export function diagnoseClock(check: string, theirsMs: number, askedMs: number, answeredMs: number): Diagnosis {
  const leastSkewMs = Math.max(0, askedMs - theirsMs, theirsMs - answeredMs);
  const found = `${Math.round(leastSkewMs)} ms off this machine's`;
  const remedy = 'set both clocks by NTP: deadlines, retries and leases depend on them';
  if (leastSkewMs > FAIL_MS) return fail(check, found, remedy);
  return leastSkewMs > WARN_MS ? warn(check, found, remedy) : ok(check, found);
}

/** The faults of many things of one kind. If there are none, one line stands for all of them. */
export const orOk = (faults: readonly Diagnosis[], check: string, found: string): Diagnosis[] =>
  faults.length > 0 ? [...faults] : [ok(check, found)];
