import mongoose from 'mongoose';

/** Documents per transaction: as many as a state-updater writes in one. */
const BATCH = 1_000;

/**
 * The floor: the final documents of the task that was just measured, inserted once more into an empty collection with
 * the same indexes by the bare driver, in transactions of the updater's size. Documents per second.
 */
export async function measureFloor(mongodbUri: string, taskId: string): Promise<number> {
  const connection = await mongoose.createConnection(mongodbUri).asPromise();
  try {
    const source = connection.collection('subtasks');
    const floor = connection.collection('bench_floor');
    await floor.drop().catch(() => undefined);
    for (const { key, name: _, v: __, ns: ___, ...options } of await source.indexes())
      await floor.createIndex(key, options);
    const documents = await source.find({ task_id: taskId }).toArray();
    const begin = performance.now();
    await connection.getClient().withSession(async (session) => {
      for (let first = 0; first < documents.length; first += BATCH) {
        await session.withTransaction(() => floor.insertMany(documents.slice(first, first + BATCH), { session }), {
          writeConcern: { w: 'majority' },
        });
      }
    });
    const seconds = (performance.now() - begin) / 1_000;
    await floor.drop();
    return documents.length / seconds;
  } finally {
    await connection.close();
  }
}
