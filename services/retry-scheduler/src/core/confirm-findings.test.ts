import { confirmFindings, type Sighted, type Sighting } from './confirm-findings';

const GRACE_MS = 30_000;
const at = (ms: number) => new Date(1_000_000 + ms);
const drift: Sighted = { finding: 'counter_drift', mark: '5', lasting: false };
const lag: Sighted = { finding: 'progress_lag', mark: '5', lasting: true };

/** Looks one after the other: which findings were confirmed at each, `!` behind the new ones. */
function look(...looks: [ms: number, ...findings: Sighted[]][]): string[][] {
  let before: Sighting[] = [];
  return looks.map(([ms, ...findings]) => {
    const { confirmed, sightings } = confirmFindings(findings, before, at(ms), GRACE_MS);
    before = sightings;
    return confirmed.map(({ finding, isNew }) => `${finding.finding}${isNew ? '!' : ''}`);
  });
}

describe('confirmFindings', () => {
  it('confirms at once what can never be', () => {
    expect(look([0, drift])).toEqual([['counter_drift!']]);
  });

  it('confirms what happens for a moment only when it has lasted', () => {
    expect(look([0, lag], [29_999, lag], [30_000, lag])).toEqual([[], [], ['progress_lag!']]);
  });

  it('is new once, and holds for as long as it is there', () => {
    expect(look([0, drift], [1, drift], [2, drift])).toEqual([
      ['counter_drift!'],
      ['counter_drift'],
      ['counter_drift'],
    ]);
  });

  it('begins anew where something has moved, or where it was gone in between', () => {
    expect(look([0, lag], [30_000, { ...lag, mark: '6' }])).toEqual([[], []]);
    expect(look([0, lag], [30_000], [60_000, lag])).toEqual([[], [], []]);
    expect(look([0, drift], [1, { ...drift, mark: '6' }])).toEqual([['counter_drift!'], ['counter_drift!']]);
  });
});
