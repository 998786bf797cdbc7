import mongoose, { type Collection, type mongo } from 'mongoose';
import type { Part } from '../part';
import { toFigures, toNumber } from '../report/table';

declare module '../part' {
  interface AllFigures {
    floor: FloorFigures;
  }
}

export interface FloorFigures {
  documents: number;
  /** Documents per second that are inserted. */
  inserted: number;
  /** Documents per second that are inserted in one transaction, and read and replaced in a second one. */
  replaced: number;
}

/** Documents per transaction: as many as a state-updater writes in one. */
const BATCH = 1_000;
/** More do not change the rate. */
const MAX_DOCUMENTS = 100_000;
const COLLECTION = 'bench_floor';

type Document = mongo.BSON.Document & { _id: mongo.BSON.ObjectId };

/**
 * The floor: the final documents of the task that was measured, written once more by the bare driver into an empty
 * collection with the same indexes, in transactions of the updater's size.
 */
async function measureFloor(mongodbUri: string, taskId: string): Promise<FloorFigures> {
  const connection = await mongoose.createConnection(mongodbUri).asPromise();
  const client = connection.getClient();
  try {
    const source = connection.collection<Document>('subtasks');
    const documents = await source.find({ task_id: taskId }).limit(MAX_DOCUMENTS).toArray();
    const transact = (body: (session: mongo.ClientSession) => Promise<unknown>) =>
      client.withSession((session) =>
        session.withTransaction(() => body(session), { writeConcern: { w: 'majority' } }),
      );
    const rate = async (write: (floor: Collection<Document>, batch: Document[]) => Promise<void>) => {
      const floor = await createLike(connection, source);
      const begun = performance.now();
      for (let first = 0; first < documents.length; first += BATCH)
        await write(floor, documents.slice(first, first + BATCH));
      return (documents.length * 1_000) / (performance.now() - begun);
    };
    const insert = (floor: Collection<Document>, batch: Document[]) =>
      transact((session) => floor.insertMany(batch, { session })).then(() => undefined);
    const replace = async (floor: Collection<Document>, batch: Document[]) => {
      await transact(async (session) => {
        const ids = batch.map(({ _id }) => _id);
        const read = await floor.find({ _id: { $in: ids } }, { session }).toArray();
        const replacements = read.map((document) => ({
          replaceOne: { filter: { _id: document._id }, replacement: { ...document, revision: 2 } },
        }));
        await floor.bulkWrite(replacements, { session, ordered: false });
      });
    };
    const inserted = await rate(insert);
    const replaced = await rate(async (floor, batch) => {
      await insert(floor, batch);
      await replace(floor, batch);
    });
    await connection.collection(COLLECTION).drop();
    return { documents: documents.length, inserted, replaced };
  } finally {
    await connection.close();
  }
}

/** An empty collection with the indexes of `source`. */
async function createLike(connection: mongoose.Connection, source: Collection<Document>) {
  const floor = connection.collection<Document>(COLLECTION);
  await floor.drop().catch(() => undefined);
  for (const { key, name: _, v: __, ns: ___, ...options } of await source.indexes())
    await floor.createIndex(key, options);
  return floor;
}

export const floorPart: Part<FloorFigures> = {
  title: 'the same documents, written by the bare driver',
  stack: 'noop',
  needs: ['task'],
  limitMinutes: 4,
  isDefault: true,
  run: ({ description, figures }) => measureFloor(description.mongodb_uri, figures.task!.task_id),
  toTables: ({ inserted, replaced }, { task }) => [
    toFigures(
      ['inserted, documents/s', toNumber(inserted), ''],
      ['inserted, then read and replaced, documents/s', toNumber(replaced), ''],
      ['the task ÷ inserted', toNumber(task!.per_second / inserted), '≥ 0.6'],
      ['the task ÷ inserted, then read and replaced', toNumber(task!.per_second / replaced), ''],
    ),
  ],
};
