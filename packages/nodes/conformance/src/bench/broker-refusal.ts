import { createReader } from './frames';

/** The broker has closed a channel or a connection of the node, and said why. */
export interface BrokerRefusal {
  code: number;
  text: string;
  /** What the node had asked for: `queue.declare`. */
  method: string;
}

/** Class and method, as the specification numbers them. */
const ASKED: Record<string, string> = {
  '40.10': 'exchange.declare',
  '50.10': 'queue.declare',
  '50.20': 'queue.bind',
  '60.20': 'basic.consume',
  '60.40': 'basic.publish',
  '60.80': 'basic.ack',
};

/** Reads the arguments of channel.close or connection.close. */
export function readRefusal(payload: Buffer): BrokerRefusal {
  const reader = createReader(payload);
  const code = reader.short();
  const text = reader.text();
  const number = `${reader.short()}.${reader.short()}`;
  return { code, text, method: ASKED[number] ?? `method ${number}` };
}

/** Each once, as one text; undefined without any. */
export function describeRefusals(refusals: readonly BrokerRefusal[]): string | undefined {
  const each = new Set(refusals.map(({ text, method }) => `the broker refused ${method}: ${text}`));
  return each.size > 0 ? [...each].join('; ') : undefined;
}
