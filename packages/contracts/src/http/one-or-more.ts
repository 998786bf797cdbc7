import * as z from 'zod';
import { readSafely } from '../sentences/read-safely';

/**
 * Several values, in a query as a parameter that is repeated; one may stand alone. A fault names the parameter, not its
 * place.
 */
export function oneOrMore<Value extends string>(item: z.ZodType<Value>, max: number) {
  const list = z.array(item).min(1).max(max);
  const toList = (given: unknown, context: z.RefinementCtx): unknown => {
    const values = Array.isArray(given) ? given : [given];
    const fault = readSafely(list, values).error?.issues[0];
    if (fault) context.addIssue({ code: 'custom', message: fault.message });
    return values;
  };
  return z.preprocess(toList, list).optional();
}
