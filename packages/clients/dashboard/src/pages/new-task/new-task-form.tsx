import { unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import type { TargetedEvent } from 'preact';
import { useEffect, useId, useMemo } from 'preact/hooks';
import { type Command, createSender, mayBeDone, toCurl } from '../../api/command';
import { client, isExpired, session } from '../../api/session';
import { useData } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { readDraft, writeDraft } from '../../browser/stored';
import { CopyButton } from '../../components/action-button';
import { inWords } from '../../components/in-words';
import { Field } from '../../components/input';
import { Pace } from '../../components/pace/pace';
import type { PaceName, PaceTexts } from '../../components/pace/pace-texts';
import { HostileText } from '../../components/scroll-box';
import { t as shared } from '../../components/texts';
import { type Plan, PlanView, toFaults, usePlan } from './plan-view';
import { ScheduleFields } from './schedule-fields';
import { toFirstTexts, toScheduleBody, toScheduleCliText, toScheduleField } from './schedule-form';
import {
  FIELD_PATHS,
  type FieldName,
  type FieldRule,
  type FieldValues,
  type Origin,
  PORT_PRESETS,
  sortFaults,
  toBody,
  toCliText,
  toCliWords,
} from './task-form';
import { t } from './texts';

type FormName = Exclude<FieldName, PaceName>;

interface NewTaskFormProps {
  /** What the form begins with: what the API takes for a field that is not given. */
  first: FieldValues;
  origin: Origin;
  isRepeated?: boolean;
}

export function NewTaskForm({ first, origin, isRepeated = false }: NewTaskFormProps) {
  const begin = useSignal(first).value;
  const draft = origin.from_task ?? 'new-task';
  const values = useSignal<FieldValues>({ ...begin, ...readDraft(draft) });
  useEffect(() => {
    writeDraft(draft, undefined);
    return () => {
      if (isExpired.peek()) writeDraft(draft, values.peek());
    };
  }, []);
  const times = useSignal(useMemo(toFirstTexts, []));
  const fault = useSignal<unknown>(undefined);
  const isSent = useSignal(false);
  const body = toBody(values.value, begin, origin);
  const hasTargets = origin.from_task !== undefined || values.value.targets.trim() !== '';
  const schedule = isRepeated ? toScheduleBody(times.value, body) : undefined;
  const { answer: plan, error, isCurrent } = usePlan(hasTargets ? body : undefined, schedule);
  const found = toFaults(fault.value ?? (isCurrent ? error : undefined)).map((each) => ({
    ...each,
    ...(isRepeated && toScheduleField(each.field ?? '')),
  }));
  const faults = sortFaults(
    found.filter(({ own }) => !own).map(({ field, ofTask = field, message }) => ({ field: ofTask, message })),
  );
  const timeFaults = Object.fromEntries(found.flatMap(({ own, message }) => (own ? [[own, message]] : [])));

  const command: Command<{ task_id?: string; schedule_id?: string }> = {
    send: (by) => (schedule ? by.POST('/api/schedules', { body: schedule }) : by.POST('/api/tasks', { body })),
  };
  const toCli = () =>
    isRepeated
      ? toScheduleCliText(times.value, values.value.name, toCliWords(values.value, begin, origin))
      : toCliText(values.value, begin, origin);
  const carryOut = useMemo(createSender, []);
  async function create(): Promise<void> {
    isSent.value = true;
    try {
      const { task_id, schedule_id } = await carryOut(command, '');
      navigate(schedule_id ? `/plan/schedules/${schedule_id}` : `/tasks/${task_id}`);
    } catch (reason) {
      fault.value = reason;
    }
    isSent.value = false;
  }

  const bind = (name: FormName) => ({
    name,
    value: values.value[name],
    fault: faults[name],
    onChosen: (text: string) => {
      values.value = { ...values.value, [name]: text };
      fault.value = undefined;
    },
  });
  const setPace = (change: Partial<PaceTexts>) => {
    values.value = { ...values.value, ...change };
    fault.value = undefined;
  };
  const refused = isCurrent ? (plan?.refused ?? []) : [];
  return (
    <form
      class="new-task"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div class="form-fields">
        {origin.only === undefined && (
          <TargetField
            {...bind('targets')}
            help={t(origin.from_task === undefined ? 'targets_help' : 'targets_again_help')}
            refused={refused.filter(({ field }) => field === 'task_target')}
            rows={6}
          />
        )}
        <TargetField
          {...bind('exclude')}
          help={t('exclude_help')}
          refused={refused.filter(({ field }) => field === 'exclude_target')}
          rows={2}
        />
        <PortsField {...bind('ports')} />
        <div class="row">
          <TextField {...bind('method')} />
          <TextField {...bind('priority')} />
        </div>
        <TextField {...bind('name')} />
        <div class="row">
          <TextField {...bind('labels')} />
          <TextField {...bind('category')} />
        </div>
        {isRepeated && (
          <ScheduleFields
            texts={times.value}
            faults={timeFaults}
            onTyped={(change) => {
              times.value = { ...times.value, ...change };
              fault.value = undefined;
            }}
          />
        )}
        <h2>{t('pace')}</h2>
        <Pace texts={values.value} faults={faults} onTyped={setPace} hasAtClose />
        <details open={ADVANCED.some((name) => faults[name] !== undefined) || undefined}>
          <summary>{t('advanced')}</summary>
          <div class="advanced">
            {ADVANCED.map((name) => {
              const AdvancedField = name === 'pool' ? PoolField : name === 'order' ? OrderField : TextField;
              return <AdvancedField key={name} {...bind(name)} />;
            })}
          </div>
        </details>
      </div>
      <aside class="plan" aria-label={t('plan')}>
        <PlanView
          plan={plan}
          pace={values.value}
          isCurrent={isCurrent}
          hasTargets={hasTargets}
          isRefused={error !== undefined}
        />
        {faults[''] && (
          <p class="error" role="alert">
            {faults['']}
          </p>
        )}
        {fault.value !== undefined && mayBeDone(fault.value) && (
          <p class="remark">
            {shared('perhaps')} <a href={isRepeated ? '/plan/schedules' : '/tasks'}>{t('see_list')}</a>
          </p>
        )}
        <div class="buttons">
          <button
            type="submit"
            class="primary"
            disabled={
              isSent.value || !hasTargets || (isCurrent && (error !== undefined || plan?.would_create === false))
            }
          >
            {isRepeated
              ? t('create_schedule')
              : isCurrent && plan?.would_create
                ? t('create_count', { n: plan.total_targets })
                : t('create')}
          </button>
          {hasTargets && (
            <>
              <CopyButton label={t('as_curl')} text={() => toCurl(command, '')} />
              <CopyButton label={t('as_cli')} text={toCli} />
            </>
          )}
        </div>
      </aside>
    </form>
  );
}

const ADVANCED = [
  'options',
  'max_retries',
  'retry_delay',
  'max_retry_delay',
  'subtask_timeout',
  'timeout',
  'pool',
  'order',
  'error_threshold',
  'retryable',
  'type',
  'initiator',
] as const satisfies FieldName[];

interface BoundField {
  name: FormName;
  value: string;
  fault: string | undefined;
  onChosen: (text: string) => void;
}

const toInput =
  (onChosen: (text: string) => void) =>
  ({ currentTarget }: TargetedEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) =>
    onChosen(currentTarget.value);

/** What a field takes: its help, if it has one, and by docs/openapi.json its range, and its default once it is left. */
function toHelp(name: FormName, value: string): string {
  const { minimum, maximum, default: standard } = RULES[FIELD_PATHS[name]] ?? {};
  const help = `${name}_help`;
  return [
    isText(help) && t(help),
    minimum !== undefined && maximum !== undefined && t('range', { minimum, maximum }),
    standard !== undefined && value !== String(standard) && t('default_is', { standard }),
  ]
    .filter(Boolean)
    .join(' ');
}

const isText = (key: string): key is 'method_help' => Object.hasOwn(t.texts, key);

const TextField = ({ name, value, fault, onChosen }: BoundField) => (
  <Field label={t(name)} help={toHelp(name, value)} fault={fault}>
    {(ids) => (
      <input
        {...ids}
        value={value}
        inputMode={RULES[FIELD_PATHS[name]]?.minimum === undefined ? 'text' : 'decimal'}
        autocomplete="off"
        onInput={toInput(onChosen)}
      />
    )}
  </Field>
);

const OrderField = ({ name, value, fault, onChosen }: BoundField) => (
  <Field label={t(name)} help={toHelp(name, value)} fault={fault}>
    {(ids) => (
      <select {...ids} value={value} onChange={toInput(onChosen)}>
        {['permuted', 'sequential'].map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    )}
  </Field>
);

interface TargetFieldProps extends BoundField {
  help: string;
  refused: Plan['refused'];
  rows: number;
}

const TargetField = ({ name, value, fault, onChosen, help, refused, rows }: TargetFieldProps) => (
  <Field
    label={t(name)}
    help={help}
    fault={
      refused.length > 0 ? (
        <ul class="refused">
          {refused.map(({ entry, position, reason, sentence }) => (
            <li key={position}>
              <HostileText text={entry} /> {t('entry', { n: position })}
              {t('colon')}
              {inWords(reason, sentence)}
            </li>
          ))}
        </ul>
      ) : (
        fault
      )
    }
  >
    {(ids) => (
      <textarea {...ids} class="mono" rows={rows} spellcheck={false} value={value} onInput={toInput(onChosen)} />
    )}
  </Field>
);

function PortsField({ value, fault, onChosen }: BoundField) {
  const presets = Object.entries(PORT_PRESETS) as [keyof typeof PORT_PRESETS, string][];
  return (
    <div>
      <fieldset class="buttons presets">
        <legend class="visually-hidden">{t('presets')}</legend>
        {presets.map(([name, ports]) => (
          <button key={name} type="button" aria-pressed={value === ports} onClick={() => onChosen(ports)}>
            {t(name)}
          </button>
        ))}
      </fieldset>
      <Field label={t('ports')} help={t('ports_help')} fault={fault}>
        {(ids) => (
          <textarea {...ids} class="mono" rows={2} spellcheck={false} value={value} onInput={toInput(onChosen)} />
        )}
      </Field>
    </div>
  );
}

/** Offers the pools that nodes serve. A key with networks cannot see them. */
function PoolField(field: BoundField) {
  const listId = useId();
  const pools = useData(
    async (signal) =>
      session.value?.networks ? [] : Object.keys((await unwrap(client.GET('/api/statistics', { signal }))).pools),
    { key: 'pools' },
  );
  return (
    <Field label={t('pool')} help={toHelp('pool', field.value)} fault={field.fault}>
      {(ids) => (
        <>
          <input {...ids} list={listId} value={field.value} autocomplete="off" onInput={toInput(field.onChosen)} />
          <datalist id={listId}>
            {pools.value?.map((pool) => (
              <option key={pool} value={pool} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

declare const __TASK_FIELDS__: Partial<Record<string, FieldRule>>;

/** Of docs/openapi.json (vite.config.mts): default and limits of each field, by its path in the body. */
export const RULES = __TASK_FIELDS__;
