import { documentIdSchema, labelSchema, ruleLevelSchema } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';
import * as z from 'zod';
import type { Database } from '../mongodb/models/database';
import { readRules } from './read-rules';

/** Where a rule is stored, by the name of its id. An exclusion list is an exclusion, too. */
const COLLECTIONS = { limit_id: 'limits', freeze_id: 'freezes', exclusion_id: 'exclusions' } as const;
export type RuleIdName = keyof typeof COLLECTIONS;
export const RULE_ID_NAMES = Object.keys(COLLECTIONS) as RuleIdName[];

const ruleSettingSchema = z.object({
  id: documentIdSchema,
  level: ruleLevelSchema.optional(),
  operator: labelSchema,
  /** Of a limit or a freeze. */
  within: z.array(z.string()).optional(),
  /** Of an exclusion. */
  target: z.string().optional(),
  /** Of an exclusion list. */
  entries: z.array(z.object({ target: z.string() })).optional(),
});
/** Who set a rule, and what says in which networks it lies. */
export type RuleSetting = z.infer<typeof ruleSettingSchema>;

export const createRuleSettings = (db: Database) => ({
  /** Undefined if no rule has this id, or it cannot be read. */
  async find(name: RuleIdName, id: string): Promise<RuleSetting | undefined> {
    const projection = { _id: 0, level: 1, operator: 1, within: 1, target: 1, 'entries.target': 1 };
    const rules = db[COLLECTIONS[name]] as unknown as mongo.Collection;
    const found = await rules.findOne({ [name]: id }, { projection });
    return found ? readRules(ruleSettingSchema, [{ ...found, id }])[0] : undefined;
  },
});
