import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { type Command, createSender, mayBeDone, toCurl } from '../api/command';
import { assign, Input } from './input';
import { FaultScope, toDetail } from './notice';
import { t } from './texts';

export interface ActionProps<Result> {
  label: string;
  /** What it will do and how many it touches, in a sentence. It is drawn when the dialog opens. */
  children?: ComponentChildren;
  command: Command<Result>;
  onDone?: (result: Result) => void;
  isDangerous?: boolean;
  /** Whether what it will do is known; until then the dialog sends nothing. */
  isReady?: boolean;
  /** Commands whose API takes no reason do not ask for one. */
  takesReason?: boolean;
  needsReason?: boolean;
}

interface OpenButtonProps {
  label: string;
  isDangerous?: boolean | undefined;
  /** The dialog, which begins anew each time. */
  children: (onClose: () => void) => ComponentChildren;
}

export function OpenButton({ label, isDangerous = false, children }: OpenButtonProps) {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" class={isDangerous ? 'danger' : ''} onClick={() => assign(isOpen, true)}>
        {label}
      </button>
      {isOpen.value && children(() => assign(isOpen, false))}
    </>
  );
}

/** A button that names what it will do, asks for the reason, and shows what the API says. */
export const ActionButton = <Result,>(props: ActionProps<Result>) => (
  <OpenButton label={props.label} isDangerous={props.isDangerous}>
    {(onClose) => <ActionDialog {...props} onClose={onClose} />}
  </OpenButton>
);

export function ActionDialog<Result>({
  label,
  children,
  command,
  onDone,
  onClose,
  isDangerous = false,
  isReady = true,
  takesReason = true,
  needsReason = false,
}: ActionProps<Result> & { onClose: () => void }) {
  const reason = useSignal('');
  const fault = useSignal<unknown>(undefined);
  const isSent = useSignal(false);
  const { toCli } = command;
  const carryOut = useMemo(createSender, []);

  async function send(): Promise<void> {
    isSent.value = true;
    try {
      const result = await carryOut(command, reason.value.trim());
      onClose();
      onDone?.(result);
    } catch (error) {
      fault.value = error;
    }
    isSent.value = false;
  }

  return (
    <Dialog title={label} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {children}
        {takesReason && <Input label={t('reason')} value={reason} maxLength={200} required={needsReason} />}
        {fault.value !== undefined && (
          <p class="error" role="alert">
            {mayBeDone(fault.value) ? t('perhaps') : t('refused', { detail: toDetail(fault.value) })}
          </p>
        )}
        <div class="buttons">
          <CopyButton label={t('as_curl')} text={() => toCurl(command, reason.value.trim())} />
          {toCli && <CopyButton label={t('as_cli')} text={() => toCli(reason.value.trim())} />}
          <span class="space" />
          <button type="button" onClick={onClose}>
            {t('back')}
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'} disabled={isSent.value || !isReady}>
            {label}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}

/** A modal dialog. It holds the focus; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children, class: className = '' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the next key arrives: what is typed at once is typed into the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return (
    <dialog ref={ref} class={className} aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      <FaultScope>{children}</FaultScope>
    </dialog>
  );
}

const SHOWN_MS = 1_500;

export function CopyButton({ label, text }: { label: string; text: () => string | Promise<string> }) {
  const isCopied = useSignal(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(await text());
    isCopied.value = true;
    setTimeout(() => assign(isCopied, false), SHOWN_MS);
  }
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      {isCopied.value ? t('copied') : label}
    </button>
  );
}
