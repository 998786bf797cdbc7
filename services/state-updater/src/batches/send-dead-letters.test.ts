import { deadLetterSchema, type Sender } from '@cyberstroll/contracts';
import type { Delivery } from '@cyberstroll/messaging';
import { toUpdateDeadLetter } from './send-dead-letters';

const rejection = { reason: 'bad_field', detail: 'updates.0.attempt: too small', content: { attempt: 0 } } as const;
const delivery = { exchange: 'cs.state', userId: 'node-7' } as Delivery;
const toWritten = (sender: Sender) =>
  toUpdateDeadLetter({ rejection, sender, delivery }, { source: 's', now: new Date(0) });

it('writes a dead letter with all that its schema asks for', () => {
  expect(deadLetterSchema.parse(toWritten({ node_id: 'n' }))).toMatchObject({
    reason: 'bad_field',
    queue: 'cs.updates',
    source: 's',
    exchange: 'cs.state',
    sender: 'n',
    user_id: 'node-7',
    update_sender: { node_id: 'n' },
    content: { attempt: 0 },
  });
});

it('names no sender for an envelope that is rejected whole', () => {
  expect(toWritten({})).not.toHaveProperty('update_sender');
});
