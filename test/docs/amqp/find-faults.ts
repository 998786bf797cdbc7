import Ajv from 'ajv/dist/2020';
import { toJsonSchema } from './json-schema';
import { MESSAGES } from './messages';

// A pattern says what this format says. Any other is unknown, as it is to a stranger's validator.
const ajv = new Ajv({ strict: true, allErrors: true, formats: { 'date-time': true } });
const validators = new Map(MESSAGES.map((message) => [message.name, ajv.compile(toJsonSchema(message))]));

/** What a JSON Schema finds wrong with a message; it is sent as JSON first. */
export function findFaults(name: string, message: unknown): string[] {
  const validate = validators.get(name)!;
  validate(JSON.parse(JSON.stringify(message)));
  return (validate.errors ?? []).map(({ instancePath, message: fault }) => `${instancePath}: ${fault}`);
}
