/** Which options scan methods take. A schema may have names with `$`, so it is kept as text. */
import { MAX_SCAN_METHODS, type ScanMethod } from '@cyberstroll/contracts';
import { AppError, createSharedCall } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/models/database';
import type { ScanMethodDocument } from '../mongodb/models/documents';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { RECENT_MS } from '../rules/read-rules';

type Kept = Omit<ScanMethodDocument, '_id'>;

export function createScanMethods(db: Database) {
  const findAll = async (): Promise<ScanMethod[]> => {
    const found = db.scanMethods.find<Kept>({}, WITHOUT_ID).sort({ method: 1 });
    return (await found.limit(2 * MAX_SCAN_METHODS).toArray()).map(toMethod);
  };
  const findRecent = createSharedCall(findAll, { keepMs: RECENT_MS });

  return {
    /** By their names. */
    findAll,
    /** The same as of a second ago at most. */
    findRecent: (): Promise<readonly ScanMethod[]> => findRecent(),
    /** Makes or replaces it. Rejects with AppError `conflict` `too_many_methods`. */
    async set(given: ScanMethod): Promise<void> {
      const others = await db.scanMethods.countDocuments({ method: { $ne: given.method } });
      if (others >= MAX_SCAN_METHODS) throw new AppError('too_many_methods', { limit: MAX_SCAN_METHODS });
      const kept = { ...given, options_schema: JSON.stringify(given.options_schema) };
      await db.scanMethods.replaceOne({ method: given.method }, kept, { upsert: true });
      findRecent.drop();
    },
    /** Resolves with what it was. Rejects with AppError `missing` `scan_method_not_found`. */
    async remove(method: string): Promise<ScanMethod> {
      const removed = await db.scanMethods.findOneAndDelete({ method }, WITHOUT_ID);
      findRecent.drop();
      if (removed) return toMethod(removed as unknown as Kept);
      throw new AppError('scan_method_not_found', { detail: method, field: 'method' });
    },
  };
}

const toMethod = ({ options_schema, ...method }: Kept): ScanMethod => ({
  ...method,
  options_schema: JSON.parse(options_schema) as ScanMethod['options_schema'],
});
