import type { Freeze } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import { session } from '../api/session';
import { t } from './texts';
import { Time } from './time';

interface RuleLevelProps {
  rule: Pick<Freeze, 'level'>;
}

/** Behind the name of who set it, in one word that it was an admin. */
export const RuleLevel = ({ rule: { level } }: RuleLevelProps) => (level === 'admin' ? ' (admin)' : null);

/** Who made it, and when. */
export const RuleMade = ({ rule }: { rule: Pick<Freeze, 'level' | 'operator' | 'created_time'> }) => (
  <>
    <bdi>{t('by', { operator: rule.operator })}</bdi>
    <RuleLevel rule={rule} />, <Time at={rule.created_time} />
  </>
);

/** What changes a rule; or that an admin set it: a key with networks may not change that. */
export const RuleActions = ({
  rule: { level },
  children,
}: RuleLevelProps & { children: ComponentChildren }): ComponentChildren =>
  level === 'admin' && session.value?.networks ? <span class="weak">{t('only_admins')}</span> : children;
