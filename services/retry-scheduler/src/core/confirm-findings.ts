export interface Sighted {
  finding: string;
  mark: string;
  lasting: boolean;
}

/** A finding as it was seen before; under another mark it is another one. */
export interface Sighting {
  finding: string;
  mark: string;
  since: Date;
  told: boolean;
}

/**
 * Which findings hold: one that is lasting only where it was seen under the same mark `graceMs` ago or earlier. `isNew` once
 * per mark. `sightings` is what to give as `before` at the next look.
 */
export function confirmFindings<Finding extends Sighted>(
  findings: readonly Finding[],
  before: readonly Sighting[],
  now: Date,
  graceMs: number,
): { confirmed: { finding: Finding; isNew: boolean }[]; sightings: Sighting[] } {
  const confirmed: { finding: Finding; isNew: boolean }[] = [];
  const sightings = findings.map((finding): Sighting => {
    const seen = before.find((sighting) => sighting.finding === finding.finding && sighting.mark === finding.mark);
    const since = seen?.since ?? now;
    const holds = !finding.lasting || (seen !== undefined && now.getTime() - since.getTime() >= graceMs);
    if (holds) confirmed.push({ finding, isNew: !seen?.told });
    return { finding: finding.finding, mark: finding.mark, since, told: holds || seen?.told === true };
  });
  return { confirmed, sightings };
}
