/** Options of scans, checked by the JSON Schemas that admins have set for their methods. */
import type { CreateTaskBody, ScanMethod } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';

type Checked = Pick<CreateTaskBody, 'scan' | 'on_end'>;

/** Throws AppError `invalid_body` unless options can be checked by the schema: also for a reference to another one. */
export function requireSchema(schema: ScanMethod['options_schema']): void {
  try {
    compile(schema);
  } catch (error) {
    const detail = `options_schema: ${(error as Error).message}`;
    throw new AppError('invalid_body', { detail, field: 'options_schema' });
  }
}

export type OptionsCheck = (methods: readonly ScanMethod[], task: Checked, path?: string) => void;

/** `path`: where the task is in the body, with a dot at its end. The check throws AppError `invalid_options`. */
export function createOptionsCheck(): OptionsCheck {
  /** By the method: what its schema became. Setting it again makes another one. */
  const known = new Map<string, { text: string; validate: ValidateFunction }>();

  function toValidate({ method, options_schema }: ScanMethod): ValidateFunction {
    const text = JSON.stringify(options_schema);
    const kept = known.get(method);
    if (kept?.text === text) return kept.validate;
    const validate = compile(options_schema);
    known.set(method, { text, validate });
    return validate;
  }

  return (methods, task, path = '') => {
    for (const { method, options = {}, field } of toScans(task)) {
      const one = methods.find((each) => each.method === method);
      const validate = one && toValidate(one);
      if (!validate || validate(options)) continue;
      const [{ instancePath, message = '', params }] = validate.errors as [NonNullable<typeof validate.errors>[0]];
      const name = (params as { additionalProperty?: string }).additionalProperty;
      const place = `${path}${field}${instancePath.replaceAll('/', '.')}${name === undefined ? '' : `.${name}`}`;
      throw new AppError('invalid_options', { detail: `${place}: ${method}: ${message}`, field: place });
    }
  };
}

/** The scans of a task and of its steps. A step of the same method without options has those of the step before. */
function* toScans({ scan, on_end = [] }: Checked) {
  yield { ...scan, field: 'scan.options' };
  let before = scan;
  for (const [at, step] of on_end.entries()) {
    const { method = before.method, options = method === before.method ? before.options : undefined } = step.scan;
    before = { ...before, method, options };
    yield { method, options, field: `on_end.${at}.scan.options` };
  }
}

/** Formats are notes for people. `strict` would refuse words that it does not know. */
const compile = (schema: object): ValidateFunction =>
  new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(schema);
