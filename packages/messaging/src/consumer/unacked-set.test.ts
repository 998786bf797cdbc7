import type { Message } from 'amqplib';
import { createSession } from './unacked-set';

function setup() {
  const frames: string[] = [];
  const session = createSession({
    ack: ({ fields }: Message, allUpTo) => void frames.push(`ack ${fields.deliveryTag}${allUpTo ? ' and below' : ''}`),
    nack: ({ fields }: Message) => void frames.push(`nack ${fields.deliveryTag}`),
  });
  for (let tag = 1; tag <= 6; tag++) session.hold(tag);
  return { session, frames };
}

describe('session', () => {
  it('acks a run from the oldest with one frame', () => {
    const { session, frames } = setup();
    session.ack([1, 2, 3]);
    session.ack([4, 5, 6]);
    expect(frames).toEqual(['ack 3 and below', 'ack 6 and below']);
  });

  it('acks singly what lies beyond a message that is still held', () => {
    const { session, frames } = setup();
    session.ack([1, 2, 4, 5]);
    session.ack([3]);
    session.ack([6]);
    expect(frames).toEqual(['ack 2 and below', 'ack 4', 'ack 5', 'ack 3 and below', 'ack 6 and below']);
  });

  it('does not ack what was requeued', () => {
    const { session, frames } = setup();
    session.requeue([1]);
    session.ack([2]);
    expect(frames).toEqual(['nack 1', 'ack 2 and below']);
  });

  it('calls back once, after the last frame, when nothing is held any more', () => {
    const { session, frames } = setup();
    session.onceEmpty(() => void frames.push('empty'));
    session.ack([1, 2, 3, 4, 5]);
    session.requeue([6]);
    session.hold(7);
    session.ack([7]);
    expect(frames).toEqual(['ack 5 and below', 'nack 6', 'empty', 'ack 7 and below']);
    session.onceEmpty(() => void frames.push('empty at once'));
    expect(frames.at(-1)).toBe('empty at once');
  });

  it('does not call back from a channel that is gone', () => {
    const { session, frames } = setup();
    session.onceEmpty(() => void frames.push('empty'));
    session.close();
    session.ack([1, 2, 3, 4, 5, 6]);
    expect(frames).toEqual([]);
  });

  it('says nothing to a channel that is gone', () => {
    const { session, frames } = setup();
    session.close();
    session.ack([1]);
    session.requeue([2]);
    expect(frames).toEqual([]);
    expect(session.ending.aborted).toBe(true);
  });
});
