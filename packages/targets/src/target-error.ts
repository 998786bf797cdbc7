export type TargetErrorReason =
  | 'empty'
  | 'malformed'
  | 'octet'
  | 'leading-zero'
  | 'prefix'
  | 'reversed'
  | 'mixed-family'
  | 'zone'
  | 'ipv4-mapped'
  | 'too-many'
  | 'segment';

/** Which of the two lists of createTargetSet an entry stood in. */
export type TargetList = 'include' | 'exclude';

const MAX_SHOWN_LENGTH = 64;

/**
 * A refused target, scope or segment. `entry` is the refused text (shortened to 64 characters), `limit` the number that
 * it went beyond, if there is one, `list` the list it stood in, if there were two.
 */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly entry: string;
  readonly reason: TargetErrorReason;
  /** The message without the entry. */
  readonly explanation: string;
  readonly limit?: bigint | number;
  readonly list?: TargetList;

  constructor(
    entry: string,
    reason: TargetErrorReason,
    explanation: string,
    options: { limit?: bigint | number; list?: TargetList } = {},
  ) {
    const shown = entry.length > MAX_SHOWN_LENGTH ? `${entry.slice(0, MAX_SHOWN_LENGTH - 1)}…` : entry;
    super(`${JSON.stringify(shown)}: ${explanation}`);
    this.entry = shown;
    this.reason = reason;
    this.explanation = explanation;
    if (options.limit !== undefined) this.limit = options.limit;
    if (options.list !== undefined) this.list = options.list;
  }

  /** The same refusal, with the list that the entry stood in. */
  inList(list: TargetList): TargetError {
    return new TargetError(this.entry, this.reason, this.explanation, { limit: this.limit, list });
  }
}
