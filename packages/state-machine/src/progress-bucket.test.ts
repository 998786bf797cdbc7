import { BUCKET_OF_STATUS } from './progress-bucket';
import { SUBTASK_STATUSES } from './subtask-machine';

it.each(SUBTASK_STATUSES)('%s counts in the bucket of its name', (status) => {
  const name = status === 'RETRYING' ? 'retry' : status.toLowerCase();
  expect(BUCKET_OF_STATUS[status]).toBe(`${name}_count`);
});
