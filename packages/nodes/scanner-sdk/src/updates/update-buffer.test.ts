import { MAX_MESSAGE_BYTES, type SubTaskUpdate } from '@cyberstroll/contracts';
import { createReceipt, type Receipt } from '../signals';
import { UpdateBuffer } from './update-buffer';

const TASK = '0'.repeat(24);
const toUpdate = (index: number, status: SubTaskUpdate['status'], ports = 0): SubTaskUpdate => ({
  task_id: TASK,
  subtask_id: `${TASK}-${index}`,
  attempt: 1,
  lease_id: `lease-${index}`,
  status,
  ...(ports && { scan_result: { open_ports: Array(ports).fill(1), services: [], response_time: 0 } }),
});
const ALL = [500, 1_000_000] as const;
const statuses = (entries: { update: SubTaskUpdate }[]) => entries.map(({ update }) => update.status);

async function isSettled(receipt: Receipt): Promise<boolean> {
  return Promise.race([receipt.settled.then(() => true), Promise.resolve().then(() => false)]);
}

describe('an update buffer', () => {
  it('keeps the newest unsent update of each claim, and the receipts of earlier ones', async () => {
    const buffer = new UpdateBuffer();
    const receipt = createReceipt(2);
    buffer.add(toUpdate(1, 'ASSIGNED'), receipt);
    buffer.add(toUpdate(2, 'ASSIGNED'), receipt);
    buffer.add(toUpdate(1, 'COMPLETED'));
    const taken = buffer.take(...ALL);
    expect(statuses(taken)).toEqual(['COMPLETED', 'ASSIGNED']);
    expect(await isSettled(receipt)).toBe(false);
    buffer.confirm(taken);
    expect(await isSettled(receipt)).toBe(true);
    expect(buffer.isEmpty).toBe(true);
  });

  it('holds an update back while an earlier one of its claim is unconfirmed', () => {
    const buffer = new UpdateBuffer();
    buffer.add(toUpdate(1, 'ASSIGNED'));
    const first = buffer.take(...ALL);
    buffer.add(toUpdate(1, 'SCANNING'));
    buffer.add(toUpdate(1, 'COMPLETED'));
    expect(buffer.take(...ALL)).toEqual([]);
    expect(statuses([...buffer.unconfirmed()].map((update) => ({ update })))).toEqual(['COMPLETED']);
    buffer.confirm(first);
    expect(statuses(buffer.take(...ALL))).toEqual(['COMPLETED']);
  });

  it('takes back refused updates with their receipts; a newer update replaces an older one', async () => {
    const buffer = new UpdateBuffer();
    const [early, late] = [createReceipt(2), createReceipt(1)];
    buffer.add(toUpdate(1, 'ASSIGNED'), early);
    buffer.add(toUpdate(2, 'ASSIGNED'), early);
    const refused = buffer.take(...ALL);
    buffer.add(toUpdate(1, 'COMPLETED'), late);
    buffer.restore(refused);
    expect(buffer.size).toBe(2);
    const again = buffer.take(...ALL);
    expect(statuses(again)).toEqual(['COMPLETED', 'ASSIGNED']);
    buffer.confirm(again);
    expect(await isSettled(early)).toBe(true);
    expect(await isSettled(late)).toBe(true);
  });

  it('hands out as many as asked for, in order of arrival, within a limit of bytes', () => {
    const buffer = new UpdateBuffer();
    for (let index = 0; index < 5; index++) buffer.add(toUpdate(index, 'COMPLETED', 10_000));
    expect(buffer.take(2, 1_000_000).map(({ update }) => update.lease_id)).toEqual(['lease-0', 'lease-1']);
    expect(buffer.take(500, 130_000)).toHaveLength(2);
    expect(buffer.take(500, 1)).toHaveLength(1);
    expect(buffer.readyCount).toBe(0);
  });

  it('keeps to the limit of bytes whatever a scan found, and to the size of a message', () => {
    const buffer = new UpdateBuffer();
    const found = (ports: number, count: number) => ({
      scan_result: {
        open_ports: Array(ports).fill(65_535),
        services: Array(count).fill('\u0001'.repeat(512)),
        response_time: 0,
      },
      error_info: { error_code: `E${'X'.repeat(49)}`, error_message: '\u0001'.repeat(2_000) },
    });
    const toBytes = (entries: { update: SubTaskUpdate }[]) =>
      JSON.stringify(entries.map(({ update }) => update)).length;
    for (let index = 0; index < 100; index++) buffer.add({ ...toUpdate(index, 'COMPLETED'), ...found(0, 10) });
    while (buffer.readyCount > 0) expect(toBytes(buffer.take(...ALL))).toBeLessThan(1_000_000);
    buffer.add({ ...toUpdate(100, 'COMPLETED'), ...found(65_535, 1_024) });
    expect(toBytes(buffer.take(...ALL))).toBeLessThan(MAX_MESSAGE_BYTES - 100_000);
  });
});
