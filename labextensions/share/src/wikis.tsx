import type { TranslationBundle } from '@jupyterlab/translation';
import type { LodgeApi, Publication, Share, Wiki } from '@lodge/kit';
import { hubUrl, sentence } from '@lodge/kit';
import React from 'react';

/** Milliseconds between two looks at a page that is being written. */
const LOOK = 1000;

/** Milliseconds after the last key before the wiki is asked. */
const PAUSE = 250;

interface WikiChoiceProps {
  api: LodgeApi;
  wikis: Wiki[];
  /** Those that are ticked, with the page that the new one goes below; '' for the wiki's own. */
  chosen: ReadonlyMap<string, string>;
  /** Where it has a page already: that follows each version by itself. */
  published: string[];
  onChange: (chosen: ReadonlyMap<string, string>) => void;
  trans: TranslationBundle;
}

/** Where the notebook goes beside the gallery; nothing where there is no wiki. */
export function WikiChoice(props: WikiChoiceProps): React.JSX.Element | null {
  const { api, wikis, chosen, published, onChange, trans } = props;
  const choose = (wiki: string, parent: string | null): void => {
    const next = new Map(chosen);
    if (parent === null) {
      next.delete(wiki);
    } else {
      next.set(wiki, parent);
    }
    onChange(next);
  };
  if (!wikis.length) {
    return null;
  }
  return (
    <fieldset className="lodge-Field lodge-Wikis" data-lodge="share-wikis">
      <legend className="lodge-Field-label">{trans.__('Also in the wiki')}</legend>
      {wikis.map(wiki => (
        <div key={wiki.name}>
          <label className="lodge-Wikis-choice">
            <input
              type="checkbox"
              data-lodge={`share-wiki-${wiki.name}`}
              checked={published.includes(wiki.name) || chosen.has(wiki.name)}
              disabled={published.includes(wiki.name)}
              onChange={event => choose(wiki.name, event.target.checked ? '' : null)}
            />
            <span>{wiki.name}</span>
            <span className="lodge-Field-hint">
              {published.includes(wiki.name)
                ? trans.__('its page follows each version')
                : [wiki.space, wiki.parent].filter(Boolean).join(' / ')}
            </span>
          </label>
          {chosen.has(wiki.name) && !published.includes(wiki.name) && (
            <WikiParent
              api={api}
              wiki={wiki}
              parent={chosen.get(wiki.name) ?? ''}
              onChange={parent => choose(wiki.name, parent)}
              trans={trans}
            />
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** A parent as it is asked for: whatever is typed lies below the wiki's own. */
export function within(parent: string, above: string): string {
  const plain = (path: string): string => path.trim().replace(/^\/+|\/+$/g, '');
  const [wanted, own] = [plain(parent), plain(above)];
  if (!wanted || !own || wanted === own || wanted.startsWith(`${own}/`)) {
    return wanted;
  }
  return `${own}/${wanted}`;
}

interface WikiParentProps {
  api: LodgeApi;
  wiki: Wiki;
  parent: string;
  onChange: (parent: string) => void;
  trans: TranslationBundle;
}

/** The page that a new one goes below, found as one types. */
function WikiParent(props: WikiParentProps): React.JSX.Element {
  const { api, wiki, parent, onChange, trans } = props;
  const [found, setFound] = React.useState<string[]>([]);
  const list = React.useId();
  const above = wiki.parent.replace(/^\/+|\/+$/g, '');
  const begun = above && parent.startsWith(`${above}/`) ? parent.slice(above.length + 1) : parent;
  React.useEffect(() => {
    let closed = false;
    const timer = window.setTimeout(() => {
      api.parents(wiki.name, begun).then(
        pages => !closed && setFound(pages),
        () => undefined // The wiki says nothing now; what is typed is taken all the same.
      );
    }, PAUSE);
    return () => {
      closed = true;
      window.clearTimeout(timer);
    };
  }, [api, wiki.name, begun]);
  return (
    <label className="lodge-Wikis-parent">
      <span>{trans.__('Below the page')}</span>
      <input
        className="lodge-Input"
        data-lodge={`share-wiki-parent-${wiki.name}`}
        value={parent}
        maxLength={500}
        list={list}
        placeholder={above}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={list}>
        {found.map(page => (
          <option key={page} value={page} />
        ))}
      </datalist>
    </label>
  );
}

interface WikiStatesProps {
  api: LodgeApi;
  share: Share;
  /** What could not even be asked for, by the wiki's name. */
  failed: ReadonlyMap<string, unknown>;
  trans: TranslationBundle;
}

/** What became of the pages in wikis, as it comes. */
export function WikiStates(props: WikiStatesProps): React.JSX.Element | null {
  const { api, share, failed, trans } = props;
  const [pages, setPages] = React.useState<Publication[]>([]);
  React.useEffect(() => {
    let timer: number | undefined;
    let closed = false;
    const look = async (): Promise<void> => {
      let again = true;
      try {
        const found = await api.publications(share.id);
        if (!closed) {
          setPages(found);
        }
        again = found.some(page => page.state === 'waiting');
      } catch {
        // The service is away for a moment; what was seen stays.
      }
      if (again && !closed) {
        timer = window.setTimeout(() => void look(), LOOK);
      }
    };
    void look();
    return () => {
      closed = true;
      window.clearTimeout(timer);
    };
  }, [api, share.id]);
  if (!pages.length && !failed.size) {
    return null;
  }
  return (
    <ul className="lodge-Wikis-pages" aria-live="polite" data-lodge="share-wiki-states">
      {pages.map(page => (
        <li key={page.wiki} data-lodge={`share-wiki-state-${page.wiki}`} data-state={page.state}>
          <WikiState page={page} share={share} trans={trans} />
        </li>
      ))}
      {[...failed].map(([wiki, problem]) => (
        <li key={wiki} className="lodge-Field-error">
          {trans.__('Not in the wiki %1: %2', wiki, sentence(problem))}
        </li>
      ))}
    </ul>
  );
}

interface WikiStateProps {
  page: Publication;
  share: Share;
  trans: TranslationBundle;
}

function WikiState({ page, share, trans }: WikiStateProps): React.JSX.Element {
  const link = (address: string, text: string): React.JSX.Element => (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
  const asked = hubUrl(`${share.url}/wikis/${encodeURIComponent(page.wiki)}`);
  switch (page.state) {
    case 'published':
      return (
        <>
          {trans.__('In the wiki %1:', page.wiki)}{' '}
          {page.url ? link(page.url, page.title) : page.title}
        </>
      );
    case 'waiting':
      return page.tries ? (
        <>{trans.__('Not in the wiki %1 yet: %2 It is tried again.', page.wiki, page.message)}</>
      ) : (
        <>{trans.__('The page in the wiki %1 is being written…', page.wiki)}</>
      );
    case 'edited':
      return (
        <>
          {trans.__('Somebody has changed the page in the wiki %1.', page.wiki)}{' '}
          {link(asked, trans.__('Say what is to be done'))}
        </>
      );
    case 'deleted':
      return (
        <>
          {trans.__('The page in the wiki %1 was deleted there.', page.wiki)}{' '}
          {link(asked, trans.__('Say what is to be done'))}
        </>
      );
    default:
      return <>{trans.__('Not in the wiki %1: %2', page.wiki, page.message)}</>;
  }
}
