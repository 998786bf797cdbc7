/**
 * What a publisher hands over and what the broker confirms of it, for whoever keeps book of it
 * (node:diagnostics_channel), as the fault tests do. Nobody does in operation, and then it costs nothing.
 */
import { channel } from 'node:diagnostics_channel';
import type { ExchangeName } from '@cyberstroll/contracts';

/** A message of `publish`, the same object in both channels. */
export interface PublishedMessage {
  exchange: ExchangeName;
  routingKey: string;
  content: Buffer;
}

/** A `PublishedMessage` that enters the outbox, before anything else happens to it. */
export const handedOver = channel('cyberstroll:publish:handed-over');
/** A `PublishedMessage` that the broker has confirmed, before whoever handed it over hears of it. */
export const confirmed = channel('cyberstroll:publish:confirmed');
