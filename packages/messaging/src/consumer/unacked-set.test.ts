import type { Message } from 'amqplib';
import { createUnackedSet } from './unacked-set';

function setup() {
  const frames: string[] = [];
  const unacked = createUnackedSet({
    ack: ({ fields }: Message, allUpTo) => void frames.push(`ack ${fields.deliveryTag}${allUpTo ? ' and below' : ''}`),
    nack: ({ fields }: Message) => void frames.push(`nack ${fields.deliveryTag}`),
  });
  for (let tag = 1; tag <= 6; tag++) unacked.hold(tag);
  return { unacked, frames };
}

describe('unacked', () => {
  it('acks a run from the oldest with one frame', () => {
    const { unacked, frames } = setup();
    unacked.ack([1, 2, 3]);
    unacked.ack([4, 5, 6]);
    expect(frames).toEqual(['ack 3 and below', 'ack 6 and below']);
  });

  it('acks one by one the messages after one that is still held', () => {
    const { unacked, frames } = setup();
    unacked.ack([1, 2, 4, 5]);
    unacked.ack([3]);
    unacked.ack([6]);
    expect(frames).toEqual(['ack 2 and below', 'ack 4', 'ack 5', 'ack 3 and below', 'ack 6 and below']);
  });

  it('does not ack a message that was requeued', () => {
    const { unacked, frames } = setup();
    unacked.requeue([1]);
    unacked.ack([2]);
    expect(frames).toEqual(['nack 1', 'ack 2 and below']);
  });

  it('calls back once, after the last frame, when nothing is held any more', () => {
    const { unacked, frames } = setup();
    unacked.onceFewer(1, () => void frames.push('empty'));
    unacked.ack([1, 2, 3, 4, 5]);
    unacked.requeue([6]);
    unacked.hold(7);
    unacked.ack([7]);
    expect(frames).toEqual(['ack 5 and below', 'nack 6', 'empty', 'ack 7 and below']);
    unacked.onceFewer(1, () => void frames.push('empty at once'));
    expect(frames.at(-1)).toBe('empty at once');
  });

  it('calls back once when fewer are held', () => {
    const { unacked, frames } = setup();
    unacked.onceFewer(5, () => void frames.push('fewer'));
    unacked.ack([2]);
    unacked.ack([1]);
    unacked.ack([3]);
    expect(frames).toEqual(['ack 2', 'ack 1 and below', 'fewer', 'ack 3 and below']);
  });

  it('calls back once when all that was held is settled, whatever has come since', () => {
    const { unacked, frames } = setup();
    unacked.onceSettled(() => void frames.push('settled'));
    unacked.hold(7);
    unacked.ack([1, 2, 3, 4, 6]);
    unacked.ack([5]);
    expect(frames).toEqual(['ack 4 and below', 'ack 6', 'ack 5 and below', 'settled']);
  });

  it('does not call back from a channel that is gone', () => {
    const { unacked, frames } = setup();
    unacked.onceFewer(1, () => void frames.push('empty'));
    unacked.close();
    unacked.ack([1, 2, 3, 4, 5, 6]);
    expect(frames).toEqual([]);
  });

  it('says nothing to a channel that is gone', () => {
    const { unacked, frames } = setup();
    unacked.close();
    unacked.ack([1]);
    unacked.requeue([2]);
    expect(frames).toEqual([]);
    expect(unacked.ending.aborted).toBe(true);
  });
});
