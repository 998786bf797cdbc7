import * as z from 'zod';
import { countSchema } from '../fields/fields';

/** What the delivery of a notice to one receiver adds to it. */
export const deliveryShape = {
  /** The same however often it is sent. */
  delivery_id: z.string(),
  /** Which receiver: `cs.events`, or a digest of a webhook's address, since addresses may hold secrets. */
  target: z.string(),
  tries: countSchema,
  /** When it is sent, or sent again. */
  next_time: z.date(),
};

/** What every receiver must still get. */
export interface Notice {
  notice_id: string;
  timestamp: Date;
}
/** The delivery of a notice to one receiver. */
export type NoticeDelivery<Kind extends Notice = Notice> = Kind & {
  delivery_id: string;
  target: string;
  tries: number;
  next_time: Date;
};
