import type { ComponentChildren } from 'preact';

interface FigureProps {
  name: string;
  children: ComponentChildren;
  href?: string;
  help?: string;
  isTrouble?: boolean;
  isWide?: boolean;
}

/** A number that is seen from afar, in a list of such (`figures`). */
export const Figure = ({ name, children, href, help, isTrouble = false, isWide = false }: FigureProps) => (
  <div class={`${isTrouble ? 'figure-needs' : ''} ${isWide ? 'figure-wide' : ''}`}>
    <dt title={help}>{href === undefined ? name : <a href={href}>{name}</a>}</dt>
    <dd>{children}</dd>
  </div>
);

/** A name and what is known of it, in a list of such (`facts`). */
export const Fact = ({ name, children, isTrouble = false }: Pick<FigureProps, 'name' | 'children' | 'isTrouble'>) => (
  <>
    <dt>{name}</dt>
    <dd class={isTrouble ? 'trouble' : ''}>{children}</dd>
  </>
);
