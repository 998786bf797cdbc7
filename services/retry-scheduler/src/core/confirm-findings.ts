/**
 * A finding as the audit makes it. The mark stands for the state of its subject: another mark makes another finding.
 */
export interface MarkedFinding {
  finding: string;
  mark: string;
  /** The finding counts only if it lasts, since it occurs for a moment in any run. */
  lasting: boolean;
}

/** A finding of an earlier check. */
export interface EarlierFinding {
  finding: string;
  mark: string;
  since: Date;
  isReported: boolean;
}

/**
 * Confirms findings. A lasting finding is confirmed only if a check at least `graceMs` ago found it under the same
 * mark. `isNew` is true once per mark. `earlier` is the input of the next check.
 */
export function confirmFindings<Found extends MarkedFinding>(
  findings: readonly Found[],
  before: readonly EarlierFinding[],
  now: Date,
  graceMs: number,
): { confirmed: { finding: Found; isNew: boolean }[]; earlier: EarlierFinding[] } {
  const confirmed: { finding: Found; isNew: boolean }[] = [];
  const earlier = findings.map((found): EarlierFinding => {
    const { finding, mark, lasting } = found;
    const seen = before.find((each) => each.finding === finding && each.mark === mark);
    const since = seen?.since ?? now;
    const isConfirmed = !lasting || (seen !== undefined && now.getTime() - since.getTime() >= graceMs);
    if (isConfirmed) confirmed.push({ finding: found, isNew: !seen?.isReported });
    return { finding, mark, since, isReported: isConfirmed || seen?.isReported === true };
  });
  return { confirmed, earlier };
}
