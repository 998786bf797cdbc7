import { EXCHANGES, queueMarkerSchema } from '@cyberstroll/contracts';

/** When the marker was sent; undefined if the message is not a marker. Only an exchange for services brings markers. */
export function findMarker(body: unknown, exchange: string): Date | undefined {
  const { updates } = Object(body) as { updates?: unknown };
  if (exchange !== EXCHANGES.serviceUpdates.name || !Array.isArray(updates) || updates.length > 0) return undefined;
  const { success, data } = queueMarkerSchema.safeParse(body);
  return success ? new Date(data.sent_time) : undefined;
}
