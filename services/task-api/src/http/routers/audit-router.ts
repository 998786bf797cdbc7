import { Router } from 'express';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The audit log: who commanded what. */
export function createAuditRouter({ store: { auditLog } }: Pick<AppDeps<'auditLog'>, 'store'>): Router {
  const router = Router();
  addOperations(router, { listAudit: async ({ query }) => ({ body: await auditLog.findPage(query) }) });
  return router;
}
