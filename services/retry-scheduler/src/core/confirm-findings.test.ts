import { confirmFindings, type EarlierFinding, type MarkedFinding } from './confirm-findings';

const GRACE_MS = 30_000;
const at = (ms: number) => new Date(1_000_000 + ms);
const drift: MarkedFinding = { finding: 'counter_drift', mark: '5', lasting: false };
const lag: MarkedFinding = { finding: 'progress_lag', mark: '5', lasting: true };

/** One check after another: the findings that each confirmed, with `!` after the new ones. */
function check(...checks: [ms: number, ...findings: MarkedFinding[]][]): string[][] {
  let before: EarlierFinding[] = [];
  return checks.map(([ms, ...findings]) => {
    const { confirmed, earlier } = confirmFindings(findings, before, at(ms), GRACE_MS);
    before = earlier;
    return confirmed.map(({ finding, isNew }) => `${finding.finding}${isNew ? '!' : ''}`);
  });
}

describe('confirmFindings', () => {
  it('confirms an impossible state at once', () => {
    expect(check([0, drift])).toEqual([['counter_drift!']]);
  });

  it('confirms a state that is normal for a moment only when it has lasted', () => {
    expect(check([0, lag], [29_999, lag], [30_000, lag])).toEqual([[], [], ['progress_lag!']]);
  });

  it('a finding is new once, and is confirmed as long as it is found', () => {
    expect(check([0, drift], [1, drift], [2, drift])).toEqual([
      ['counter_drift!'],
      ['counter_drift'],
      ['counter_drift'],
    ]);
  });

  it('starts again when the mark has changed, or the finding was gone in between', () => {
    expect(check([0, lag], [30_000, { ...lag, mark: '6' }])).toEqual([[], []]);
    expect(check([0, lag], [30_000], [60_000, lag])).toEqual([[], [], []]);
    expect(check([0, drift], [1, { ...drift, mark: '6' }])).toEqual([['counter_drift!'], ['counter_drift!']]);
  });
});
