import { createConnection } from 'mongoose';
import { createMongoConflicts, createTestbed, upTo } from '../src';

it('refuses at once a write of a document that another open transaction has written, and counts what runs again', async () => {
  const testbed = await createTestbed();
  try {
    const proxy = await createMongoConflicts(testbed.mongodb_uri);
    testbed.defer(proxy.close);
    const connection = await createConnection(proxy.url).asPromise();
    testbed.defer(() => connection.close());
    const things = connection.collection<{ _id: number; value?: number; text?: string }>('things');
    await things.insertMany([{ _id: 1 }, { _id: 2 }]);
    const counts = proxy.count();
    const first = await connection.startSession();
    const second = await connection.startSession();
    first.startTransaction();
    await things.updateOne({ _id: 1 }, { $set: { value: 1 } }, { session: first });

    let runs = 0;
    await second.withTransaction(async () => {
      runs += 1;
      // Longer than one chunk of a connection.
      const inserts = upTo(200).map((i) => ({ _id: 10 + i, text: 'x'.repeat(1_000) }));
      await things.insertMany(inserts, { session: second });
      const write = things.updateOne({ _id: 1 }, { $inc: { value: 1 } }, { session: second });
      if (runs > 1) return write;
      // It would wait for the first one, which waits for it.
      await expect(write).rejects.toMatchObject({ code: 112, codeName: 'WriteConflict' });
      await first.commitTransaction();
      return write;
    });

    expect(runs).toBe(2);
    expect(await things.findOne({ _id: 1 })).toEqual({ _id: 1, value: 2 });
    expect(counts).toEqual({ committed: 2, retried: 1, documents: 202, conflicts: 1 });
    await Promise.all([first.endSession(), second.endSession()]);
  } finally {
    await testbed.cleanup();
  }
});
