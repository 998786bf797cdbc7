import { ScanError } from '@cyberstroll/scanner-sdk';

/**
 * What a client may add to a scan by nmap. Everything else is refused: it could write files, read them, scan other
 * addresses, or contact others.
 */
const ALLOWED: readonly RegExp[] = [
  // The default scripts. By nmap's own rule they contact no third party.
  /^-sC$/,
  /^-O$/,
  /^--osscan-guess$/,
  /^-T[0-5]$/,
  /^--version-(light|all|intensity=[0-9])$/,
  /^--max-retries=\d{1,2}$/,
  /^--(host-timeout|scan-delay|max-scan-delay|max-rtt-timeout)=\d{1,6}(ms|s|m)$/,
  /^--(min|max)-rate=\d{1,6}$/,
];
const MAX_ARGUMENTS = 20;

/**
 * The arguments of `scan.options`: `{"arguments": ["-sC", "-T4"]}`. Throws a ScanError INVALID_JOB that names what is
 * not allowed.
 */
export function readNmapArguments(options: Readonly<Record<string, unknown>> = {}): string[] {
  const { arguments: given = [], ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ScanError('INVALID_JOB', `options.${unknown} is not known to nmap scans`);
  if (!Array.isArray(given) || given.length > MAX_ARGUMENTS) {
    throw new ScanError('INVALID_JOB', `options.arguments is not a list of at most ${MAX_ARGUMENTS} texts`);
  }
  const refused = given.find((each) => typeof each !== 'string' || !ALLOWED.some((form) => form.test(each)));
  if (refused !== undefined) {
    throw new ScanError('INVALID_JOB', `options.arguments: ${JSON.stringify(refused).slice(0, 100)} is not allowed`);
  }
  return given;
}
