import { MAX_REASON_LENGTH } from '@cyberstroll/contracts';
import { toRetryReason, toSelection, toSelectionText } from './retry-selection';

it('nothing given is no selection', () => {
  expect(toSelection({ status: undefined, error_code: undefined, target: undefined })).toBeUndefined();
  expect(toSelection({ status: ['FAILED'], error_code: undefined, target: undefined })).toEqual({ status: ['FAILED'] });
});

it('the text of a selection names everything that is given, on one line', () => {
  const selection = { status: ['TIMEOUT' as const], error_code: 'NODE_LOST', target: ' 10.0.0.1,\n10.0.0.2 ' };
  expect(toSelectionText(selection)).toBe('TIMEOUT, error_code NODE_LOST, target 10.0.0.1, 10.0.0.2');
});

it.each([
  ['again', 'again (target 10.0.0.0/24)'],
  [undefined, 'retry by operator (target 10.0.0.0/24)'],
  ['x'.repeat(MAX_REASON_LENGTH), 'x'.repeat(MAX_REASON_LENGTH)],
])('the reason of the histories is the reason and the selection, if both fit: %.10s', (reason, text) => {
  expect(toRetryReason(reason, { target: '10.0.0.0/24' })).toBe(text);
});

it('a long selection is cut', () => {
  const reason = toRetryReason('y'.repeat(400), { target: '10.0.0.0/24,'.repeat(500) });
  expect(reason).toHaveLength(MAX_REASON_LENGTH);
  expect(reason.endsWith('…)')).toBe(true);
});
