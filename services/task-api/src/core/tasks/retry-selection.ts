import { MAX_REASON_LENGTH, type RetrySelection, toSentence } from '@cyberstroll/contracts';

/** Characters of a selection that the audit log shows. */
const SHOWN = 300;

/** What is given of a selection. Undefined if nothing is: then everything is retried. */
export function toSelection(which: { [Key in keyof RetrySelection]: RetrySelection[Key] | undefined }) {
  const given = Object.entries(which).filter(([, value]) => value !== undefined);
  return given.length > 0 ? (Object.fromEntries(given) as RetrySelection) : undefined;
}

/** `TIMEOUT, error_code NODE_LOST, target 10.0.0.0/24` */
export function toSelectionText({ status, error_code, target }: RetrySelection): string {
  const parts = [...(status ?? []), error_code && `error_code ${error_code}`, target && `target ${target.trim()}`];
  return cut(parts.filter(Boolean).join(', '), SHOWN);
}

/** As the histories show it. */
export function toRetryReason(reason: string = toSentence('retry_by_operator'), selection?: RetrySelection): string {
  if (!selection) return reason;
  const room = MAX_REASON_LENGTH - [...reason].length - 3;
  return room < 20 ? reason : toSentence('of_selection', { reason, selection: cut(toSelectionText(selection), room) });
}

const cut = (text: string, max: number): string => {
  const plain = text.replaceAll(/\s+/g, ' ');
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain;
};
